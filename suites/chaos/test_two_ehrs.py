"""Family RES: two EHRs behind one gateway. When the first one fails, consumers of the second do not notice."""

import concurrent.futures

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive, NoAnswer
from gauntlet.hanging import wait_until_hanging
from gauntlet.scenario import fault

READS = 5
HANGING = 8  # a third of the calls that an EHR may get at once, where the target says nothing
OVER = 4  # calls more than the first EHR may get at once
STORM = 24
OBJECTIVE_S = 0.5  # p95 of load profiles, where the target states none
AS_BEFORE = 2  # times what a read takes on this machine at rest


@pytest.fixture
def other(apps, second_ehr):
    """The app whose requests are for the second EHR."""
    return second_ehr.over(apps.app(extra=second_ehr.claim.token_claims))


@pytest.mark.upstream("epic")
@pytest.mark.requirement("RES-07", tripped_by=["one-breaker-for-both"])
def test_second_ehr_while_the_first_fails(app, other, second_ehr, ehr, new_chart, measured):
    """While one EHR fails every call, consumers of another EHR behind the same gateway are served

    Control: a read of each EHR, seen in its own journal and not in the other's. Then the first EHR answers two dozen
    reads with 503. Reads of the second EHR's patients must be served, and be seen there.

    A group of hospitals with one gateway must not lose all of them with one.

    Nygard, Release It!, bulkheads; API strategy for legacy EHR vendors.
    """
    chart, charts = new_chart(), [second_ehr.chart(number) for number in range(READS + 1)]
    require_apart(app, other, ehr, second_ehr.ehr, chart, charts[0])
    with ehr.fault(fault("storm-503")) as armed, concurrent.futures.ThreadPoolExecutor(STORM) as pool:
        refused = list(pool.map(lambda _: read(app, chart), range(STORM)))
        ehr.require_applied(armed)
        mark = second_ehr.ehr.mark()
        served = [read(other, item) for item in charts[1:]]
        seen = len(second_ehr.ehr.calls(since=mark, interaction="read"))
    measured["reads of the first not served"] = sum(status(answer) != 200 for answer in refused)
    if any(status(answer) == 200 for answer in refused):
        raise Inconclusive("the first EHR still served: nothing had failed that could be contained")
    expect_served(served, charts[1:], seen)


@pytest.mark.upstream("epic")
@pytest.mark.requirement("RES-07", tripped_by=["one-pool-for-both"])
def test_second_ehr_while_the_first_hangs(app, other, second_ehr, ehr, new_chart, claims, target, measured, pace):
    """While one EHR hangs, consumers of another EHR behind the same gateway are served as quickly as before

    Control: reads of the second EHR, timed, and one of the first. Then the first EHR accepts calls and never answers,
    and more apps wait for it than it may have calls at once. While they hang, patients of the second EHR are read: each
    must be served within the objective for the 95th percentile, or within twice the time of the control on a slow
    machine, and be seen at the second EHR.

    An EHR that hangs holds everything that was not set apart: connections, threads, memory.

    Nygard, Release It!, bulkheads; API strategy for legacy EHR vendors.
    """
    cap = claims.throttling.ehr_concurrency if claims.throttling else 3 * HANGING
    chart, charts = new_chart(), [second_ehr.chart(number) for number in range(2 * READS + 1)]
    require_apart(app, other, ehr, second_ehr.ehr, chart, charts[0])
    alone = max(expect.status(other.read("Patient", item.id), 200).duration_s for item in charts[1 : READS + 1])
    at_first, at_second = ehr.mark(), second_ehr.ehr.mark()
    with ehr.fault(fault("stall")) as armed, concurrent.futures.ThreadPoolExecutor(cap + OVER) as pool:
        waiting = [pool.submit(read, app, chart) for _ in range(cap + OVER)]
        wait_until_hanging(lambda: ehr.count(since=at_first), cap)
        served = [read(other, item) for item in charts[READS + 1 :]]
        still = sum(not item.done() for item in waiting)
        seen = len(second_ehr.ehr.calls(since=at_second, interaction="read"))
        ehr.require_applied(armed)
    slowest = max((answer.duration_s for answer in served if answer), default=0.0)
    measured["hanging"], measured["alone ms"] = still, round(alone * 1000)
    measured["slowest beside ms"] = round(slowest * 1000)
    if not still:
        raise Inconclusive("nothing hung any more when the second EHR's patients had been read")
    expect_served(served, charts[READS + 1 :], seen)
    objective = (target.file.slo.p95_ms or OBJECTIVE_S * 1000) / 1000
    pace.excuse_slowness(slowest, limit := max(objective, AS_BEFORE * alone))
    expect.at_most(slowest, limit, "an EHR that hangs delays another one", "s")


def require_apart(app, other, first, second, ours, theirs):
    """Raise Inconclusive unless a read of each EHR is served and seen there alone."""
    for name, reader, chart, asked, spared in (
        ("first", app, ours, first, second),
        ("second", other, theirs, second, first),
    ):
        marks = asked.mark(), spared.mark()
        answer = read(reader, chart)
        if status(answer) != 200:
            raise Inconclusive(f"the control read of the {name} EHR was not served: {status(answer)}")
        counts = [len(item.calls(since=mark)) for item, mark in zip((asked, spared), marks, strict=True)]
        if not counts[0] or counts[1]:
            raise Inconclusive(
                f"the control read of the {name} EHR caused {counts[0]} calls there, {counts[1]} at the other"
            )


def expect_served(answers, charts, seen):
    """Fail unless each patient was served, and by the EHR."""
    found = [answer.resource("Patient").get("id") if status(answer) == 200 else status(answer) for answer in answers]
    expect.equal(found, [chart.id for chart in charts], "the failure of one EHR reaches consumers of another")
    expect.at_least(seen, len(charts), "patients were served without asking their EHR", "calls")


def read(app, chart):
    """Read the patient; None without an answer."""
    try:
        return app.read("Patient", chart.id)
    except NoAnswer:
        return None


def status(answer):
    """Return the status, None without an answer."""
    return answer.status if answer else None
