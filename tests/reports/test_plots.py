"""The load plots: curves within the area, the worst of a bucket kept, limits drawn or named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gauntlet.load_result import LoadSecond, Objective
from reports.plots import MOST_POINTS, plots, thinned
from tests.reports.sample_load import load


def test_no_timeline_no_plot():
    assert plots(replace(load(), timeline=[])) == []


@pytest.mark.parametrize("failing", [True, False])
def test_points_stay_within_the_area(failing):
    for plot in plots(load(failing)):
        for line in plot.lines:
            points = [tuple(map(float, point.split(","))) for point in line.points.split()]
            assert len(points) == 120
            assert all(0 <= x <= 100 and 0 <= y <= 100 for x, y in points)
            assert points[0][0] == 0
            assert points[-1][0] == 100
        assert all(0 <= tick.at <= 100 for tick in plot.across + plot.up + plot.limits)


def test_limit_is_drawn_when_it_is_near_and_named_when_it_is_not():
    assert [limit.label for limit in plots(load(failing=True))[1].limits] == ["p99 limit 1500 ms"]
    far = plots(load())[1]
    assert far.limits == []
    assert "The p99 limit 1500 ms is above the plot." in far.summary


def test_an_objective_that_is_no_latency_draws_no_line():
    assert (
        plots(replace(load(failing=True), objectives=[Objective("error_rate", 0.01, 0.2, held=False)]))[1].limits == []
    )


def test_a_single_second_is_drawn():
    assert len(plots(replace(load(), timeline=load().timeline[:1]))) == 2


def test_summary_names_the_worst_second():
    rates, latency = plots(load(failing=True))
    assert "at worst 174 wanted and 134 answered, at second 70" in rates.summary
    assert latency.summary.startswith("Worst second: 70")


def test_a_long_run_is_thinned_to_the_worst_of_each_bucket():
    long = [LoadSecond(number, 10, 10, 0, 1.0, 2.0, 3.0) for number in range(3600)]
    long[1801] = LoadSecond(1801, 50, 1, 9, 100.0, 200.0, 300.0)
    kept = thinned(long)
    assert len(kept) <= MOST_POINTS
    worst = max(kept, key=lambda item: item.p99_ms)
    assert (worst.wanted, worst.answered, worst.errors, worst.p99_ms) == (50, 1, 9, 300.0)
