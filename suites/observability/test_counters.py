"""Family OBS: the gateway's metrics move by exactly what was provoked."""

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive
from gauntlet.rationed import Rationed
from gauntlet.scenario import fault

THREE = 3
REFUSED = 20  # for their rate: one too few or too many shows


def readable(app, chart, number=THREE):
    """Read the patient; return the answers."""
    return [expect.status(app.read("Patient", chart.id), 200) for _ in range(number)]


@pytest.mark.requirement("OBS-01", tripped_by=["counts-every-token-as-good"])
def test_authentication_is_counted(app, apps, moved, chart):
    """Accepted and refused tokens are counted, each as what it was

    Three reads with good tokens and two with expired ones: one metric moves by three, the other by two.

    A wave of refused tokens is the first sign of a broken app, or of an attack.

    NIST SP 800-92; API strategy for legacy EHR vendors: operational signals.
    """
    watch = moved()
    readable(app, chart)
    for _ in range(2):
        expect.status(apps.wrong("expired").read("Patient", chart.id), 401)
    watch.expect("authentication_success", 3, "three reads with good tokens")
    watch.expect("authentication_failure", 2, "two reads with expired tokens")


@pytest.mark.requirement("OBS-01", tripped_by=["denials-uncounted"])
def test_denials_are_counted(app, apps, moved, chart):
    """Requests refused by scope are counted

    Control: a read that the token allows, which must not count. Then two searches that its scope does not cover.

    An app that keeps asking for what it may not have is misconfigured or curious; both need a call.

    API strategy for legacy EHR vendors: operational signals.
    """
    small = apps.app(scope="system/Patient.r")
    watch = moved()
    readable(small, chart, 1)
    for _ in range(2):
        expect.status(small.search("Condition", {"patient": chart.id}), 403)
    watch.expect("authorization_denials", 2, "two searches that the scope does not cover")


@pytest.mark.requirement("OBS-01", tripped_by=["latency-in-milliseconds"])
def test_latency_is_measured(app, ehr, moved, chart, measured):
    """Every answer's latency is measured, in seconds, and agrees with both sides' clocks

    Three reads. The count moves by three; the sum by no less than the EHR needed for its part and by no more than the
    consumer waited.

    Alarms on latency are set in seconds; a wrong unit makes them ring always or never.

    Prometheus, metric and label naming: base units.
    """
    watch, mark = moved(), ehr.mark()
    answers = readable(app, chart)
    watch.expect("latency_count", 3, "three reads")
    total = watch.of("latency_seconds")
    calls = ehr.calls(since=mark, patient=chart.id)
    if not calls:
        raise Inconclusive("the reads did not reach the EHR: nothing says how long they took at least")
    least = sum(entry["duration_ms"] for entry in calls) / 1000
    most = sum(answer.duration_s for answer in answers)
    measured["seconds measured by the gateway"] = round(total, 4)
    expect.that(
        least <= total <= most,
        "the latency that the gateway measured is not between the EHR's part and the consumer's wait",
        expected=f"{least:.4f} to {most:.4f} s",
        actual=f"{total:.4f} s",
    )


@pytest.mark.requirement("OBS-01", tripped_by=["timeouts-counted-once"])
def test_timeouts_are_counted(app, ehr, moved, chart):
    """Each call that the EHR did not answer in time is counted

    The EHR takes the calls about one patient and never answers. The metric moves by as many as it took.

    Timeouts rise before anything else does when the EHR is about to fall over.

    API strategy for legacy EHR vendors: operational signals.
    """
    readable(app, chart, 1)
    watch = moved()
    with ehr.fault(fault("stall", patient=chart.id)) as stalled:
        expect.status(app.read("Patient", chart.id), 502, 503, 504)
        ehr.require_applied(stalled)
    watch.expect("upstream_timeouts", stalled.applied, f"{stalled.applied} calls without an answer")


@pytest.mark.requirement("OBS-01", tripped_by=["payload-without-searches"])
def test_payload_is_measured(app, moved, chart):
    """The size of what is delivered is measured to the byte

    A read and a search; the metric moves by the bytes of their bodies.

    What apps carry away per day is how a copied database shows.

    API strategy for legacy EHR vendors: operational signals.
    """
    plain = {"Accept-Encoding": "identity"}
    watch = moved()
    answers = [
        expect.status(app.read("Patient", chart.id, headers=plain), 200),
        expect.status(app.search("Condition", {"patient": chart.id}, headers=plain), 200),
    ]
    size = sum(len(answer.body) for answer in answers)
    watch.expect("payload_bytes", size, f"a read and a search of {size} bytes together")


@pytest.mark.requirement("OBS-01", tripped_by=["throttled-uncounted"])
def test_rate_limits_are_counted(apps, moved, chart, claims, measured):
    """Requests refused for their rate are counted

    The app with the claimed limit sends until some are refused; the metric moves by the number of 429s. Without a
    claimed limit there is nothing to count.

    Somebody has to tell the vendor of the app before its users do.

    API strategy for legacy EHR vendors: operational signals.
    """
    if claims.throttling is None:
        measured["requests refused for their rate"] = 0
        return
    limited = apps.app(claims.throttling.role)
    watch, refused = moved(), 0
    for answers in Rationed(lambda: limited.read("Patient", chart.id), claims.throttling).rounds():
        refused += sum(answer.status == 429 for answer in answers)
        if refused >= REFUSED:
            break
    if not refused:
        raise Inconclusive("nothing was refused for its rate: there was nothing to count")
    measured["requests refused for their rate"] = refused
    watch.expect("rate_limited", refused, f"{refused} answers of 429")


@pytest.mark.requirement("OBS-01", tripped_by=["schema-failures-uncounted"])
def test_schema_failures_are_counted(app, ehr, moved, chart):
    """Each answer of the EHR that breaks the contract is counted

    Control: a record that is delivered. Then a required element is missing from the EHR's answer, twice.

    After an upgrade of the EHR this is the metric that says so.

    API strategy for legacy EHR vendors: schema drift.
    """
    observation = chart.of_type("Observation")[0].id
    expect.status(app.read("Observation", observation), 200)
    watch = moved()
    with ehr.fault(fault("drift-required-field-gone", patient=chart.id)) as drifted:
        for _ in range(2):
            app.read("Observation", observation)
        ehr.require_applied(drifted)
    watch.expect("schema_failures", drifted.applied, f"{drifted.applied} answers without a required element")


@pytest.mark.requirement("OBS-01", tripped_by=["cache-hits-uncounted"])
def test_cache_hits_are_counted(app, ehr, moved, chart, claims, measured):
    """Each call at the EHR that a cache saved is counted

    One read, then three more of the same kind. What the later ones cost less than the first at the EHR is what caches
    saved; the metric moves by as much. Where nothing was saved there is nothing to count.

    Without it nobody can tell fresh data from kept data, or why the EHR's bill went down.

    API strategy for legacy EHR vendors: operational signals.
    """
    mark = ehr.mark()
    readable(app, chart, 1)
    cost = len(ehr.calls(since=mark, patient=chart.id))
    watch, mark = moved(), ehr.mark()
    readable(app, chart)
    saved = THREE * cost - len(ehr.calls(since=mark, patient=chart.id))
    measured["calls saved"] = saved
    if saved or "cache_hits" in claims.observability.metrics:
        watch.expect("cache_hits", saved, f"{saved} calls at the EHR that were not made")
