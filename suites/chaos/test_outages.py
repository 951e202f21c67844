"""Family RES: the EHR is slow, silent or gone. The consumer still gets an answer, and service comes back."""

import time

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive
from gauntlet.scenario import fault

SLACK_S = 1.5  # a busy machine; the claim itself is not widened by more
FAILING_REQUESTS = 12
# Swallowed are the requests: an EHR that answers would close the connection when it is asked to, and be heard.
STREAMS = {"timeout": "upstream", "reset_peer": "downstream"}
LONG_ANSWER = 15  # observations, each of a kilobyte at least


@pytest.fixture
def control(new_chart):
    """The patient of the controls: another one, because what was read before may be served from a cache, marked."""
    return new_chart()


def res_04(*defects):
    """Return the mark of a way to be slow that also `defects` show themselves by."""
    return pytest.mark.requirement("RES-04", tripped_by=["no-upstream-timeout", *defects])


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("stall", id="stall", marks=res_04()),
        pytest.param("stall-amid", id="half-open", marks=res_04()),
        pytest.param("length-too-long", id="missing-end", marks=res_04()),
        pytest.param("drip-all", id="slow-drip", marks=res_04("time-out-per-read")),
        pytest.param("drip-body", id="dripping-body", marks=res_04("time-out-per-read")),
    ],
)
def test_stalled_ehr(refused, app, ehr, chart, control, claims, measured, pace, name):
    """An EHR that stalls or drips does not keep the consumer waiting beyond the latency budget

    Control: the read without the fault. Then the EHR accepts the request and never answers; or sends half of the answer
    and falls silent, on a connection that stays open; or all of it but ten bytes that it has promised; or sends a few
    bytes at a time, from the first one on or from the body on, so that no single wait is long.

    A clinician in front of a spinning wheel does not know whether to wait, repeat or walk over to the ward.

    RFC 9110 section 15.6.5.
    """
    budget = claims.resilience.latency_budget_s
    refused.require_control(lambda: app.read("Patient", control.id))
    with ehr.fault(fault(name, patient=chart.id)) as armed, pace.forgiving(SLACK_S):
        answer = app.within(budget + SLACK_S + 2).read("Patient", chart.id)
        ehr.require_applied(armed)
        measured["answered after s"] = round(answer.duration_s, 2)
        expect.at_most(answer.duration_s, budget + SLACK_S, "the answer came after the latency budget", "s")
    expect.status(answer, 504, 503)
    expect.operation_outcome(answer)


@pytest.mark.requirement("RES-04", tripped_by=["no-upstream-timeout"])
@pytest.mark.parametrize(
    ("toxic", "attributes"),
    [
        ("timeout", {"timeout": 0}),
        ("latency", {"latency": 30000}),
        ("bandwidth", {"rate": 0}),
    ],
    ids=["silence", "latency-30-s", "no-bandwidth"],
)
def test_broken_network(refused, app, network, chart, control, claims, measured, pace, toxic, attributes):
    """A network that swallows, delays or stops every byte does not keep the consumer waiting

    Control: the read over a healthy network. Then the path between gateway and EHR is broken by Toxiproxy, felt by a
    probe of the harness's own.

    Half-open connections are the commonest outage between two data centres, and the one a gateway notices last.

    Toxiproxy toxics timeout, latency and bandwidth.
    """
    budget = claims.resilience.latency_budget_s
    refused.require_control(lambda: app.read("Patient", control.id))
    with network.fault(toxic, **attributes), pace.forgiving(SLACK_S):
        answer = app.within(budget + SLACK_S + 2).read("Patient", chart.id)
        measured["answered after s"] = round(answer.duration_s, 2)
        expect.at_most(answer.duration_s, budget + SLACK_S, "the answer came after the latency budget", "s")
    expect.status(answer, 502, 503, 504)


@pytest.mark.requirement("RES-04", tripped_by=["never-hears-of-resets"])
def test_connections_that_are_reset(refused, app, network, chart, control, claims, measured, pace):
    """When every connection to the EHR is reset, the consumer is told so within the latency budget

    Control: the read over a healthy network. Then each connection is reset at its first byte, felt by a probe of the
    harness's own.

    A firewall that has lost its table resets whatever passes; whoever waits for those answers waits for ever.

    Toxiproxy toxic reset_peer; RFC 9110 section 15.6.3.
    """
    budget = claims.resilience.latency_budget_s
    refused.require_control(lambda: app.read("Patient", control.id))
    with network.fault("reset_peer", timeout=0), pace.forgiving(SLACK_S):
        answer = app.within(budget + SLACK_S + 2).read("Patient", chart.id)
        measured["answered after s"] = round(answer.duration_s, 2)
        expect.at_most(answer.duration_s, budget + SLACK_S, "the answer came after the latency budget", "s")
    expect.status(answer, 502, 503)
    expect.operation_outcome(answer)


def results(chart):
    """Return the chart's laboratory results."""
    found = chart.of_type("Observation")
    return [record for record in found if "laboratory" in str(record.body.get("category"))]


@pytest.mark.requirement("RES-04", tripped_by=["no-upstream-timeout", "time-out-per-read"])
def test_thin_network(refused, app, network, chart_where, claims, measured, pace):
    """Over a path of 1 KB/s a long answer does not keep the consumer waiting beyond the latency budget

    Control: a search of laboratory results, whose answer is too long to pass at 1 KB/s within the budget. Then the
    path between gateway and EHR is that narrow, felt by a probe of the harness's own, and the search is sent again.
    Bytes keep coming, so a limit on each wait is never reached: only one for the whole answer helps.

    A clinic on its reserve line must be told, not kept waiting.

    Toxiproxy toxic bandwidth; RFC 9110 section 15.6.5.
    """
    budget = claims.resilience.latency_budget_s
    chart = chart_where(lambda one: len(results(one)) >= LONG_ANSWER)
    query = {"patient": chart.id, "category": "laboratory", "_count": "50"}
    control = refused.require_control(lambda: app.search("Observation", query))
    needed = len(control.body) / 1000
    measured["seconds at 1 KB/s"] = round(needed)
    if needed < budget + SLACK_S + 2:
        raise Inconclusive(f"the answer of {len(control.body)} bytes may pass at 1 KB/s within the latency budget")
    with network.fault("bandwidth", rate=1), pace.forgiving(SLACK_S):
        answer = app.within(budget + SLACK_S + 2).search("Observation", query)
        measured["answered after s"] = round(answer.duration_s, 2)
        expect.at_most(answer.duration_s, budget + SLACK_S, "the answer came after the latency budget", "s")
    expect.status(answer, 502, 503, 504)
    expect.operation_outcome(answer)


def res_05(*defects):
    """Return the mark of a way to be unreachable that also `defects` show themselves by."""
    return pytest.mark.requirement("RES-05", tripped_by=["one-status-for-all-failures", *defects])


@pytest.mark.requirement("RES-05", tripped_by=["one-status-for-all-failures"])
def test_failures_are_told_apart(refused, app, ehr, new_chart, control):
    """Time-out, broken and unreachable EHR are told apart by status

    One request each: the EHR stalls (504), answers rubbish (502), refuses with 503 (503 with Retry-After).

    On-call staff see from the status whom to phone.

    RFC 9110 sections 15.6.3 to 15.6.5.
    """
    expected = {"stall": (504,), "html-page": (502,), "storm-503": (503,)}
    for name, statuses in expected.items():
        chart = new_chart()
        refused.require_control(lambda: app.read("Patient", control.id))
        with ehr.fault(fault(name, patient=chart.id)) as armed:
            answer = app.read("Patient", chart.id)
            ehr.require_applied(armed)
        expect.status(answer, *statuses)
        if answer.status == 503:
            expect.header(answer, "Retry-After", "a 503 does not say when to come back")


@pytest.mark.parametrize(
    ("way", "statuses"),
    [
        pytest.param("down", (502,), id="refused", marks=res_05("unreachable-as-too-slow")),
        pytest.param("reset_peer", (502,), id="reset", marks=res_05("unreachable-as-too-slow")),
        pytest.param("timeout", (504,), id="silent", marks=res_05()),
    ],
)
def test_unreachable_ehr(refused, app, network, chart, control, way, statuses):
    """An EHR that cannot be reached gives 502, one that is silent 504

    Control: the read over a healthy network. Then the network in front of the EHR refuses connections, resets each one
    at its first byte, or swallows what is sent over it.

    A refused connection is for whoever runs the EHR's front end, a silent one for whoever runs the network.

    RFC 9110 sections 15.6.3 and 15.6.5.
    """
    refused.require_control(lambda: app.read("Patient", control.id))
    with network.down() if way == "down" else network.fault(way, stream=STREAMS[way], timeout=0):
        answer = app.read("Patient", chart.id)
    expect.status(answer, *statuses)
    expect.operation_outcome(answer)


@pytest.mark.requirement("RES-06", tripped_by=["no-breaker", "open-breaker-as-broken", "open-breaker-never-closes"])
def test_circuit_breaker(refused, app, ehr, chart, control, claims, measured, pace):
    """Under sustained failure the EHR is spared, and service is back soon after it recovers

    The EHR fails every call about encounters. After enough requests to notice, further ones must be answered without
    asking the EHR: with 503 and Retry-After. Then the EHR recovers, and so must the gateway, within the time claimed.

    Without a breaker every failing request still costs the EHR a connection and the consumer a time-out.

    Nygard, Release It!, circuit breaker.
    """
    encounter = chart.of_type("Encounter")[0]
    refused.require_control(lambda: app.read("Encounter", control.of_type("Encounter")[0].id))
    with ehr.fault(fault("failing-encounters")) as armed:
        for _ in range(FAILING_REQUESTS):
            app.read("Encounter", encounter.id)
        ehr.require_applied(armed)
        mark = ehr.mark()
        answers = [app.read("Encounter", encounter.id) for _ in range(FAILING_REQUESTS)]
        calls = len(ehr.calls(since=mark, patient=None, interaction="read"))
    measured["calls at the EHR while open"] = calls
    expect.at_most(calls, FAILING_REQUESTS // 2, "the failing EHR is asked again and again", "calls")
    for answer in answers:
        expect.status(answer, 502, 503, 504)
    require_open_answers(answers, calls)
    expect_recovery(lambda: app.read("Encounter", encounter.id), claims.resilience.recovery_s, measured, pace)


def require_open_answers(answers, calls):
    """Fail unless every answer for which the EHR was not asked is 503 and says when to come back (RFC 9110 15.6.4)."""
    open_ones = [answer for answer in answers if answer.status == 503]
    expect.at_least(len(open_ones), len(answers) - calls, "an open breaker is not reported as 503", "answers")
    for answer in open_ones:
        expect.header(answer, "Retry-After", "the 503 of an open breaker does not say when to come back")


def expect_recovery(ask, within_s, measured, pace):
    """Fail unless `ask` is served again within `within_s`."""
    with pace.forgiving(SLACK_S):
        started = time.monotonic()
        answer = ask()
        while answer.status != 200 and time.monotonic() - started < within_s + SLACK_S:
            time.sleep(0.2)
            answer = ask()
        measured["served again after s"] = round(time.monotonic() - started, 2)
        expect.status(answer, 200)


@pytest.mark.requirement("RES-07", tripped_by=["shared-breaker"])
def test_failure_is_contained(refused, app, ehr, chart):
    """While one resource type fails at the EHR, the others are served

    The EHR fails every call about encounters long enough for any breaker to open; allergies must still be served.

    A broken scheduling module must not hide allergies.

    API strategy for legacy EHR vendors: bulkheads.
    """
    encounter = chart.of_type("Encounter")[0]
    refused.require_control(lambda: app.read("Encounter", encounter.id))
    with ehr.fault(fault("failing-encounters")) as armed:
        for _ in range(FAILING_REQUESTS):
            app.read("Encounter", encounter.id)
        ehr.require_applied(armed)
        expect.status(app.search("AllergyIntolerance", {"patient": chart.id}), 200)


@pytest.mark.requirement("RES-09", tripped_by=["stays-broken-after-fault"])
def test_recovery_after_network_outage(refused, app, network, chart, control, claims, measured, pace):
    """After a network outage the gateway serves again by itself

    The network in front of the EHR is cut while several requests come in, then mended.

    A gateway that needs a restart after every hiccup is an outage of its own.

    API strategy for legacy EHR vendors: recovery.
    """
    refused.require_control(lambda: app.read("Patient", control.id))
    with network.down():
        for _ in range(FAILING_REQUESTS):
            expect.status(app.read("Patient", chart.id), 502, 503, 504)
    expect_recovery(lambda: app.read("Patient", chart.id), claims.resilience.recovery_s, measured, pace)
