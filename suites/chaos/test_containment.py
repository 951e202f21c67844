"""Family RES: one part of the EHR hangs. What does not need it is served as if nothing were."""

import concurrent.futures

import pytest

from gauntlet import expect
from gauntlet.errors import Inconclusive, NoAnswer
from gauntlet.hanging import wait_until_hanging
from gauntlet.scenario import fault

HANGING = 8  # of the EHR's calls at once, at most a third of them
SEARCHES = 3
CHARTS = 7
OBJECTIVE_S = 0.5  # p95 of load profiles, where the target states none
AS_BEFORE = 2  # times what the search takes on this machine at rest


@pytest.mark.requirement("RES-07", tripped_by=["few-slots-for-all"])
def test_hanging_type_delays_no_other(app, ehr, new_chart, claims, target, measured, pace):
    """While the EHR hangs on one resource type, the others are served as quickly as before

    Control: allergies are searched, and timed. Then the EHR accepts calls about encounters and never answers; several
    apps wait for encounters, never more than a third of the calls that the EHR may get at once. While they hang,
    allergies are searched: each search must be served within the objective for the 95th percentile, or within twice
    the time of the control on a slow machine.

    What hangs is worse than what fails: it holds every connection that somebody else needs.

    Nygard, Release It!, bulkheads; API strategy for legacy EHR vendors.
    """
    cap = claims.throttling.ehr_concurrency if claims.throttling else 3 * HANGING
    quiet, charts = new_chart(), [new_chart() for _ in range(CHARTS)]
    visits = [record.id for chart in charts for record in chart.of_type("Encounter")]
    encounters = visits[: max(1, min(HANGING, cap // 3))]

    def search():
        answer = expect.status(app.search("AllergyIntolerance", {"patient": quiet.id}), 200)
        return answer.duration_s

    alone = max(search() for _ in range(SEARCHES))
    objective = (target.file.slo.p95_ms or OBJECTIVE_S * 1000) / 1000
    mark = ehr.mark()
    with (
        ehr.fault(fault("stall", type="Encounter")) as armed,
        concurrent.futures.ThreadPoolExecutor(len(encounters)) as pool,
    ):
        waiting = [pool.submit(read, app, item) for item in encounters]
        wait_until_hanging(
            lambda: sum(call["resource_type"] == "Encounter" for call in ehr.calls(since=mark)), len(encounters)
        )
        beside = [search() for _ in range(SEARCHES)]
        still = sum(not item.done() for item in waiting)
        ehr.require_applied(armed)
    measured["hanging"], measured["alone ms"] = still, round(alone * 1000)
    measured["slowest beside ms"] = round(max(beside) * 1000)
    limit = max(objective, AS_BEFORE * alone)
    pace.excuse_slowness(max(beside), limit)
    expect.at_most(max(beside), limit, "a type that hangs at the EHR delays another one", "s")
    if not still:
        raise Inconclusive("nothing hung any more when the other type had been served")


def read(app, encounter):
    """Read an encounter; without an answer it is None."""
    try:
        return app.read("Encounter", encounter)
    except NoAnswer:
        return None
