"""Family RES: connections that break, idle or lead elsewhere. Nobody is given another one's record for it."""

import concurrent.futures
import contextlib

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive, NoAnswer
from gauntlet.scenario import fault

CLIENTS = 4
CHARTS = 4
READS = 48
POOLED = 4


def whose(answer):
    """Return the id of the patient that a served read is about."""
    return answer.resource("Patient").get("id")


@pytest.mark.requirement("RES-12", tripped_by=["answers-by-order"])
@pytest.mark.parametrize("where", ["ehr", "consumer"])
def test_no_mixed_answers(app, ehr, network, consumer_network, new_chart, measured, where):
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
    the next request on it, before it has read anything: four more reads must be served as well. Another address behind
    the same name is not part of this check: the lab's EHR has one address.

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


def statuses(app, charts):
    """Read all patients at once and return the statuses, None where there was no answer."""
    with concurrent.futures.ThreadPoolExecutor(len(charts)) as pool:
        answers = list(pool.map(lambda chart: read(app, chart), charts))
    return [answer.status if answer else None for answer in answers]
