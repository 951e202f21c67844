"""Family RES: connections that break, idle or lead elsewhere. Nobody is given another one's record for it."""

import concurrent.futures
import contextlib
import time
from dataclasses import replace

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive, NoAnswer
from gauntlet.pace import SLACK_S
from gauntlet.scenario import fault

CLIENTS = 4
CHARTS = 4
READS = 48
POOLED = 4
READY_WITHIN_S = 30.0
READ_ON_S = 2.0


def whose(answer):
    """Return the id of the patient that a served read is about."""
    return answer.resource("Patient").get("id")


@pytest.mark.requirement("RES-12", tripped_by=["answers-by-order"])
@pytest.mark.parametrize("where", ["ehr", "consumer"])
def test_no_mixed_answers(app, ehr, network, consumer_network, new_chart, measured, pace, where):
    """Over connections that break, stall and answer out of order, everybody gets the own patient or an error

    Four apps read the records of four patients at the same time, while the network in front of the EHR or of the
    gateway cuts answers into pieces and delays them, and the EHR answers slowly in a drawn order and breaks answers
    off. Each answer must be the patient asked for, or a refusal that says so; most must be served.

    The wrong chart on the screen is worse than none.

    RFC 9112 section 9.3; field reports of response queue poisoning in pools of connections.
    """
    charts = [new_chart() for _ in range(CHARTS)]
    reader = consumer_network.over(app) if where == "consumer" else app
    path = consumer_network if where == "consumer" else network
    for chart in charts:
        if whose(expect.status(reader.read("Patient", chart.id), 200)) != chart.id:
            raise Inconclusive("the control read delivers another patient")
    with contextlib.ExitStack() as stack:
        stack.enter_context(path.fault("slicer", average_size=64, size_variation=32, delay=2000))
        armed = [stack.enter_context(ehr.fault(spec)) for spec in out_of_order(charts)]
        asked = [charts[number % CHARTS] for number in range(READS)]
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            answers = list(pool.map(lambda chart: read(reader, chart), asked))
        for item in armed:
            ehr.require_applied(item)
    mixed = [chart.id for chart, answer in zip(asked, answers, strict=True) if mistaken(answer, chart)]
    served = sum(answer is not None and answer.status == 200 for answer in answers)
    measured["served"], measured["broken off"] = served, sum(answer is None for answer in answers)
    expect.equal(mixed, [], "a read was answered with another patient's record")
    with pace.forgiving(SLACK_S):
        expect.at_least(served, READS // 2, "most reads over a bad network are not served", "reads")


def out_of_order(charts):
    """Return faults that delay answers by a drawn time and break one in six off."""
    slow = fault("delay-heavy-tail", interaction="read", type="Patient")
    broken = fault("drop-every-third", interaction="read", patient=charts[0].id)
    return [slow, broken]


def read(app, chart):
    """Read the patient; None when there was no answer."""
    try:
        return app.read("Patient", chart.id)
    except NoAnswer:
        return None


def mistaken(answer, chart):
    """Return whether an answer was served that is not about the chart's patient."""
    return answer is not None and answer.status == 200 and whose(answer) != chart.id


@pytest.mark.requirement("RES-14", tripped_by=["trusts-idle-connections"])
def test_pooled_connections_that_are_gone(app, ehr, network, new_chart, measured):
    """Connections to the EHR that were closed while idle, or are reset at their next use, cost no consumer an error

    Four reads at once fill the gateway's pool. Then the network closes every connection and opens again, as a firewall
    or a load balancer does that is replaced: the next four reads must be served. Then the EHR resets each connection at
    the next request on it, before it has read anything: four more reads must be served as well.
    The first clinician after a quiet hour is not to find out that the pool is stale.

    RFC 9112 section 9.3.1: an idle connection may be closed at any time; RFC 9110 section 9.2.2.
    """
    charts = [new_chart() for _ in range(POOLED)]
    if statuses(app, charts) != [200] * POOLED:
        raise Inconclusive("the control reads were not served")
    with network.down():
        pass
    expect.equal(statuses(app, charts), [200] * POOLED, "reads failed after idle connections had been closed")
    with contextlib.ExitStack() as stack:
        armed = [stack.enter_context(ehr.fault(fault("drop-before-once", patient=chart.id))) for chart in charts]
        found = statuses(app, charts)
        for item in armed:
            ehr.require_applied(item)
    measured["connections reset at their next use"] = POOLED
    expect.equal(found, [200] * POOLED, "reads failed because a pooled connection was reset at its next use")


@pytest.mark.requirement("RES-14", tripped_by=["resolves-names-once"])
def test_another_address_behind_the_name(app, ehr, gateway, moving_if_claimed, tokens, new_chart, claims, measured):
    """When the EHR's name leads to another address, reads go on without an error

    A second gateway reaches the EHR by a name. The name is given another address, while the old one serves on for as
    long as the gateway is claimed to need; then the old one is closed, with every connection to it. Patients are read
    all the time: each read must be served, the last ones at the new address, because there is no other.

    A disaster recovery test of the EHR moves it to the other data centre; the gateway must not need a restart then.

    RFC 1034 section 3.6 on the lifetime of records; Integrating FHIR with Allscripts, section 9.
    """
    moving, charts = moving_if_claimed, [new_chart() for _ in range(POOLED)]
    with gateway.second(changes=moving.values) as second:
        if second.wait(READY_WITHIN_S) != "ready":
            raise Inconclusive(f"a second gateway does not become ready: {second.process.last_lines()}")
        app = replace(
            app, base_url=second.base_url, token=lambda: tokens.token(app.client_id, audience=second.audience)
        )
        if statuses(app, charts) != [200] * POOLED:
            raise Inconclusive("the control reads were not served")
        moving.move()
        before = statuses_for(app, charts, claims.resilience.address_followed_s)
        with moving.old_address_gone():
            mark = ehr.mark()
            after = statuses_for(app, charts, READ_ON_S)
            calls = len(ehr.calls(since=mark, interaction="read"))
    measured["reads while both addresses served"], measured["reads at the new one"] = len(before), len(after)
    expect.equal(set(before), {200}, "reads failed while the name led to the new address and the old one served")
    expect.equal(set(after), {200}, "reads failed once the old address was closed")
    if calls < len(after):
        raise Inconclusive(f"{len(after)} reads were served by {calls} calls: the EHR was not asked")


@pytest.fixture
def moving_if_claimed(request, claims):
    """The EHR that moves, when the target claims that its address is followed."""
    if claims.resilience.address_followed_s is None:
        pytest.skip("the target does not claim that a new address of the EHR is followed")
    return request.getfixturevalue("moving")


def statuses_for(app, charts, seconds):
    """Read the patients, all at once, again and again for so many seconds; return every status."""
    found, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        found += statuses(app, charts)
        time.sleep(0.1)
    return found


def statuses(app, charts):
    """Read all patients at once and return the statuses, None where there was no answer."""
    with concurrent.futures.ThreadPoolExecutor(len(charts)) as pool:
        answers = list(pool.map(lambda chart: read(app, chart), charts))
    return [answer.status if answer else None for answer in answers]
