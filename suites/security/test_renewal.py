"""Family UPA: what a renewal of the gateway's token does to those who come meanwhile, and to the EHR."""

import concurrent.futures
import time

import pytest

from gauntlet import expect
from gauntlet.coming_back import FOR_NOW, come_back
from gauntlet.errors import Inconclusive
from gauntlet.scenario import fault

pytestmark = pytest.mark.upstream("epic", "allscripts")

STAMPEDE = 200
MOST_TOKEN_CALLS = 3
ASKED_AGAIN = 20
ALL_BACK_WITHIN_S = 60.0
AT_ONCE_S = 2.0
MEANWHILE = 10
BEGINS_WITHIN_S = 10.0


def at_once(app, chart, count):
    """Return the answers to `count` reads that are sent in parallel."""
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda _: app.read("Patient", chart.id), range(count)))


def served(answers):
    """Return how many were served. Raises CheckFailed when one was neither served nor refused for now."""
    return sum(expect.status(answer, 200, *FOR_NOW).status == 200 for answer in answers)


@pytest.mark.requirement("UPA-04", tripped_by=["token-stampede"])
def test_one_renewal_at_a_time(apps, upstream_access, ehr, gauntlet_session, chart, measured):
    """Two hundred parallel requests on a dead token cause at most three token calls

    Every token of the EHR dies and the token endpoint takes half a second; then two hundred requests arrive at once.
    A gateway that holds so many at once off may refuse some for now (429, 503): these are told when to come back, and
    are then served. Who turns most of them away at once is asked the same with a good token, and must not serve more
    than twice as many of those.

    EHR vendors block clients that storm the token endpoint; then nobody gets in until somebody phones the vendor.

    Field reports: github.com/drajer-health/eCRNow issues 294 and 471.
    """
    app, upstream = apps.app(), gauntlet_session.lab.upstream
    expect.status(app.read("Patient", chart.id), 200)
    with ehr.fault(fault("slow-token-endpoint")) as armed:
        ehr.expire_tokens()
        mark = ehr.mark()
        answers = at_once(app, chart, STAMPEDE)
        ehr.require_applied(armed)
    calls = upstream.renewals(ehr.token_calls(since=mark))
    measured["token calls"] = calls
    expect.at_most(calls, MOST_TOKEN_CALLS, "the renewal is a stampede", "token calls")
    if not any(upstream.met_dead_token(entry) for entry in ehr.calls(since=mark, patient=chart.id)):
        raise Inconclusive("no request met the dead token: nothing was proven")
    expect.that(calls >= 1, "the token was never renewed", expected="one renewal", actual="none")
    measured["served"] = count = served(answers)
    refused = [answer for answer in answers if answer.status in FOR_NOW]
    come_back(refused, lambda: app.read("Patient", chart.id), ALL_BACK_WITHIN_S, ASKED_AGAIN)
    if sum(answer.duration_s < AT_ONCE_S for answer in refused) > STAMPEDE / 2:
        measured["served with a good token"] = usual = served(at_once(app, chart, STAMPEDE))
        expect.at_least(count, usual / 2, "a renewal turns most requests away", "requests served")
    expect.status(app.read("Patient", chart.id), 200)


@pytest.mark.requirement("UPA-04", tripped_by=["refuses-while-renewing"])
def test_who_comes_during_a_renewal_is_served(apps, upstream_access, ehr, chart, measured):
    """Requests that come while the token is renewed wait for the new one

    Every token of the EHR dies and the token endpoint takes half a second. One request causes the renewal; once the EHR
    is being asked for the token, ten more arrive. At least half of them must be served; the others may be refused for
    now, if they are told when to come back and are then served.

    A gateway that turns everybody away while it renews its token is an outage at every renewal, several times an hour.

    Field report: github.com/drajer-health/eCRNow issue 294.
    """
    app = apps.app()
    expect.status(app.read("Patient", chart.id), 200)
    with ehr.fault(fault("slow-token-endpoint")) as armed, concurrent.futures.ThreadPoolExecutor(1) as pool:
        ehr.expire_tokens()
        mark = ehr.mark()
        first = pool.submit(app.read, "Patient", chart.id)
        wait_for_renewal(ehr, armed, first)
        began = time.time()
        answers = at_once(app, chart, MEANWHILE)
        first.result()
    renewed = max(call["started"] + (call["duration_ms"] or 0) / 1000 for call in ehr.token_calls(since=mark))
    measured["served"] = count = served(answers)
    refused = [answer for answer in answers if answer.status in FOR_NOW]
    if not refused and began > renewed:
        raise Inconclusive("the token was there before anybody else could come: nothing was proven")
    come_back(refused, lambda: app.read("Patient", chart.id), ALL_BACK_WITHIN_S, ASKED_AGAIN)
    expect.at_least(count, MEANWHILE / 2, "a renewal turns most requests away", "requests served")


def wait_for_renewal(ehr, armed, first):
    """Wait until the EHR is asked for a token. Raises Inconclusive when nobody asks."""
    until = time.monotonic() + BEGINS_WITHIN_S
    while not ehr.refresh(armed):
        if first.done() or time.monotonic() > until:
            raise Inconclusive("the gateway asked for no EHR token although its old one had died")
        time.sleep(0.01)
