"""Family OBS: what moves before consumers see errors: the queue, the circuit breaker, failing tokens."""

import concurrent.futures
import time

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive
from gauntlet.scenario import fault

SHOWS_WITHIN_S = 5.0
OPENS_WITHIN_S = 10.0
SERVED_AGAIN_WITHIN_S = 10.0
TOKEN_LIFETIME_S = 6.0
QUEUED_FOR_S = 0.7  # the EHR takes a moment longer than that: what waited came so much later


@pytest.mark.requirement("OBS-06", tripped_by=["queue-unseen"])
def test_queue_shows_before_errors(app, ehr, moved, chart, claims):
    """The queue before a slow EHR shows while everybody is still served

    Three times as many reads at once as the gateway sends to the EHR, while each takes a moment. Meanwhile the metrics
    are read again and again: the queue must show, and every read must be served.

    Whoever sees the queue at 7:20 can act before the ward round at 7:30.

    Integrating FHIR with Allscripts, section 7: leading indicators.
    """
    limit = claims.throttling.ehr_concurrency if claims.throttling else 64
    watch, looks, mark = moved(), [], ehr.mark()
    with (
        ehr.fault(fault("slow-read", patient=chart.id)) as armed,
        concurrent.futures.ThreadPoolExecutor(3 * limit) as pool,
    ):
        reads = [pool.submit(app.read, "Patient", chart.id) for _ in range(3 * limit)]
        while not all(read.done() for read in reads):
            asked = time.time()
            looks.append((asked, watch.now("queue_depth")))
        ehr.require_applied(armed)
    statuses = {read.result().status for read in reads}
    if statuses != {200}:
        raise Inconclusive(f"some of the reads were refused: {sorted(statuses)}; the queue would come no earlier")
    calls = sorted(call["started"] for call in ehr.calls(since=mark) if call["resource_id"] == chart.id)
    if len(calls) <= limit or calls[-1] - calls[0] < QUEUED_FOR_S:
        raise Inconclusive(f"{len(calls)} reads came to the EHR, and together: nothing waited")
    if not any(calls[limit - 1] < asked < calls[-1] - QUEUED_FOR_S for asked, _ in looks):
        raise Inconclusive("nobody could look at the metrics while calls waited: this machine is too busy")
    deepest = max(depth for _, depth in looks)
    expect.that(deepest > 0, "calls waited for the EHR and no queue showed", expected="above 0", actual=f"{deepest:g}")


@pytest.mark.requirement("OBS-06", tripped_by=["breaker-unseen"])
def test_breaker_state_shows(app, ehr, moved, chart):
    """An open circuit breaker shows, and so does its closing

    The EHR fails for conditions until the gateway refuses without asking it, which must show; then it is well again,
    and that must show, too.

    It tells apart "the EHR is down" from "the gateway has stopped asking".

    Integrating FHIR with Allscripts, section 7: leading indicators.
    """
    search = {"patient": chart.id}
    expect.status(app.search("Condition", search), 200)
    watch = moved()
    with ehr.fault(fault("failing-encounters", type="Condition")) as failing:
        if not eventually(lambda: not_asked(app, ehr, search), OPENS_WITHIN_S):
            raise Inconclusive("the gateway goes on asking a failing EHR: there is no breaker that could show")
        ehr.require_applied(failing)
        expect.that(watch.now("breaker_open") > 0, "the open breaker does not show", expected="above 0", actual="0")
    if not eventually(lambda: app.search("Condition", search).status == 200, SERVED_AGAIN_WITHIN_S):
        raise Inconclusive(f"conditions are not served again within {SERVED_AGAIN_WITHIN_S:g} s")
    closed = eventually(lambda: watch.now("breaker_open") == 0, SHOWS_WITHIN_S)
    expect.that(closed, "the breaker has closed and still shows as open", expected="0", actual="above 0")


def not_asked(app, ehr, search):
    """Return whether a search is refused without a call at the EHR."""
    mark = ehr.mark()
    return app.search("Condition", search).status >= 500 and not ehr.calls(since=mark, patient=search["patient"])


def eventually(holds, within_s):
    """Return whether `holds` becomes true within `within_s`."""
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.requirement("OBS-06", tripped_by=["token-failures-unseen"])
def test_token_failures_show_before_errors(app, ehr, moved, chart):
    """Failing renewals of the gateway's own token show before consumers see errors

    The EHR's tokens live six seconds, and its token endpoint fails. Reads go on; the metric must move before the first
    of them is refused.

    The half of a lifetime that is left is the time in which somebody can act.

    Integrating FHIR with Allscripts, section 7: leading indicators.
    """
    ehr.set_token_lifetime(TOKEN_LIFETIME_S)
    ehr.expire_tokens()
    expect.status(app.read("Patient", chart.id), 200)
    watch = moved()
    with ehr.fault(fault("token-endpoint-down")) as down:
        deadline = time.monotonic() + TOKEN_LIFETIME_S + SHOWS_WITHIN_S
        while app.read("Patient", chart.id).status == 200 and time.monotonic() < deadline:
            if watch.of("token_failures") > 0:
                break
            time.sleep(0.1)
        seen = watch.of("token_failures") > 0
        still_served = app.read("Patient", chart.id).status == 200
        ehr.require_applied(down)
    expect.that(
        seen and still_served,
        "the gateway's token could not be renewed, and that did not show before reads were refused",
        expected="token failures while reads are served",
        actual=f"token failures {'shown' if seen else 'not shown'}, reads {'served' if still_served else 'refused'}",
    )
