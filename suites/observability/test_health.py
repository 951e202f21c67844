"""Family OBS: what the gateway tells its operators while the EHR is down, slow and back."""

import concurrent.futures
import contextlib
import time

import httpx
import pytest

from gauntlet import expect
from gauntlet.errors import CheckFailed, Inconclusive, NoAnswer
from gauntlet.placeholder import fill
from gauntlet.scenario import fault
from gauntlet.tls import tls_context

PROMPT_S = 3.0
UNKNOWN_SPAN = "0" * 16
TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"


@pytest.fixture
def health(gauntlet_session, claims):
    """Return a function that asks a health URL, "live" or "ready", and returns the status."""
    lab = gauntlet_session.lab

    def ask(which):
        url = fill(getattr(claims.observability, which), lab.values, {})
        try:
            return httpx.get(url, timeout=PROMPT_S, trust_env=False, verify=tls_context(lab.target.ca_file)).status_code
        except httpx.TransportError as error:
            raise CheckFailed(
                f"the {which} URL does not answer within {PROMPT_S:g} s: {type(error).__name__}",
                expected=f"an answer of GET {url}",
                actual=str(error),
            ) from None

    return ask


def follows(health, wanted, within_s):
    """Return whether readiness becomes `wanted` (true: 2xx) within `within_s`; liveness is asked each time, too."""
    deadline = time.monotonic() + within_s
    while True:
        expect.equal(health("live") // 100, 2, "the process works but does not say that it lives")
        if (health("ready") // 100 == 2) == wanted:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)


@pytest.mark.requirement("OBS-04", tripped_by=["always-ready", "dead-without-ehr"])
def test_health_while_the_ehr_is_down(app, chart, network, health, claims, measured):
    """Readiness goes when the EHR is unreachable and comes back with it; liveness stays

    Ready and live before; then the path to the EHR is cut and readiness must go within the claimed time while liveness
    stays; then the path is back and readiness must come back within the claimed time, with reads served.

    A load balancer sends patients' data to whoever says ready; a supervisor kills whoever does not live, and a restart
    does not bring the EHR back.

    Kubernetes, liveness and readiness probes; API strategy for legacy EHR vendors: operational signals.
    """
    limit = claims.observability.notices_within_s
    expect.status(app.read("Patient", chart.id), 200)
    if not follows(health, True, limit):
        raise Inconclusive("the gateway is not ready although it serves: nothing could be seen to change")
    with network.down():
        began = time.monotonic()
        expect.that(
            follows(health, False, limit),
            "the gateway says that it is ready while the EHR is unreachable",
            expected=f"readiness other than 2xx within {limit:g} s",
            actual="2xx all the time",
        )
        measured["seconds until not ready"] = round(time.monotonic() - began, 2)
    began = time.monotonic()
    expect.that(
        follows(health, True, limit),
        "the EHR is back and the gateway does not become ready",
        expected=f"readiness 2xx within {limit:g} s",
        actual="no 2xx",
    )
    measured["seconds until ready"] = round(time.monotonic() - began, 2)
    expect.status(app.read("Patient", chart.id), 200)


@pytest.mark.requirement("OBS-04", tripped_by=["health-waits-for-ehr"])
def test_health_while_the_ehr_is_slow(app, chart, ehr, health, claims, measured):
    """A slow EHR does not make the health URLs slow

    The EHR does not answer at all, not even its metadata; liveness and readiness must answer within 3 s each, whatever
    they say. A read that is left waiting proves that the EHR really hangs.

    A probe that hangs is a failed probe: a slow EHR would have every gateway killed in turn.

    Kubernetes, liveness and readiness probes: timeoutSeconds.
    """
    expect.equal(health("live") // 100, 2, "the process works but does not say that it lives")
    slowest = 0.0
    with ehr.fault({**fault("stall"), "match": {}}) as stalled, concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(left_waiting, app.within(PROMPT_S), chart)
        deadline = time.monotonic() + min(claims.observability.notices_within_s, 5.0)
        while time.monotonic() < deadline:
            began = time.monotonic()
            expect.equal(health("live") // 100, 2, "the process works but does not say that it lives")
            health("ready")
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.3)
        waiting.result()
    measured["slowest live and ready together, s"] = round(slowest, 2)
    if not stalled.applied:
        raise Inconclusive("nothing was asked of the EHR while it hung: it was not seen to hang")


def left_waiting(app, chart):
    """Send a read that the EHR will not answer; how it ends is another check's business."""
    with contextlib.suppress(NoAnswer):
        app.read("Patient", chart.id)


@pytest.mark.requirement("OBS-05", tripped_by=["breaks-trace", "passes-malformed-trace"])
def test_trace_context(app, ehr, chart):
    """The consumer's W3C trace context is continued at the EHR

    A read carries a traceparent; the call at the EHR must carry the same trace id, another span id, and the format of
    the specification. A second read carries a malformed one: a new trace must be started, not the malformed passed on.

    Following one click from the app to the EHR is how a slow morning is explained.

    W3C Trace Context, section 3.2.
    """
    good = traced(app, ehr, chart, f"00-{TRACE}-{SPAN}-01")
    expect.equal(good[1], TRACE, "the trace is not continued at the EHR")
    expect.that(
        good[2] not in (SPAN, UNKNOWN_SPAN),
        "the call at the EHR has no span of its own",
        expected="a span id of the gateway's",
        actual=good[2],
    )
    malformed = traced(app, ehr, chart, f"00-{'0' * 32}-{SPAN}-01")
    expect.that(
        malformed[1] not in ("0" * 32, TRACE),
        "an invalid trace id was passed on",
        expected="a new trace",
        actual=malformed[1],
    )


def traced(app, ehr, chart, traceparent):
    """Return the four parts of the traceparent at the EHR of a read that carries `traceparent`."""
    mark = ehr.mark()
    expect.status(app.read("Patient", chart.id, headers={"traceparent": traceparent}), 200)
    entries = ehr.calls(since=mark, patient=chart.id)
    if not entries:
        raise Inconclusive("the read did not reach the EHR: there is no trace to look at")
    found = {name.lower(): value for name, value in dict(entries[0]["request_headers"]).items()}.get("traceparent", "")
    parts = found.split("-")
    expect.that(
        [len(part) for part in parts] == [2, 32, 16, 2] and set("".join(parts)) <= set("0123456789abcdef"),
        "the call at the EHR carries no trace context",
        expected="traceparent: 00-<32 hex>-<16 hex>-<2 hex>",
        actual=found or "no traceparent header",
    )
    return parts
