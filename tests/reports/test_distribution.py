from __future__ import annotations

from dataclasses import replace

import pytest

from gauntlet.load.objectives import arrivals_needed
from gauntlet.load_result import ENOUGH_FOR_P999, LatencyBin, Objective
from reports import objectives
from reports.distribution import distribution
from tests.reports.sample_load import load

BINS = [
    LatencyBin(round(0.5 * 2 ** (number / 4), 3), count) for number, count in ((20, 900), (21, 0), (24, 99), (40, 1))
]


def plot_of(*items: Objective, bins=BINS):
    return distribution(replace(load(), distribution=bins, objectives=list(items)))


def test_nothing_measured_is_not_drawn():
    assert distribution(load()) is None
    assert plot_of(bins=[LatencyBin(0.5, 0)]) is None


def test_bars_stay_within_the_area_and_a_single_slow_request_is_seen():
    bars = plot_of().bars
    assert [bar.name.split(" took")[0] for bar in bars] == ["900", "99", "1"]
    assert all(bar.left >= 0 and bar.left + bar.width <= 100.1 and 1 <= bar.height <= 100 for bar in bars)
    assert bars == sorted(bars, key=lambda bar: bar.left)


@pytest.mark.parametrize(
    ("item", "drawn"),
    [
        (Objective("p99_ms", 300.0, 20.0, held=True), ["p99 limit 300 ms"]),
        (Objective("p999_ms", 2000.0, 20.0, held=True), ["p99.9 limit 2 s"]),
        (Objective("p99_ms", 90_000.0, 20.0, held=True), []),  # far away: it would squeeze everything else
        (Objective("p99_ms", 300.0, 20.0, held=True, about="search Observation"), []),
        (Objective("error_rate", 0.01, 0.0, held=True), []),
    ],
)
def test_limits_over_all_requests_are_drawn(item, drawn):
    marks = plot_of(item).marks
    assert [mark.label for mark in marks] == drawn
    assert all(0 <= mark.at <= 100 for mark in marks)


def test_one_bin_alone_is_drawn():
    assert len(plot_of(bins=BINS[:1]).bars) == 1


def test_the_summary_is_for_people():
    summary = plot_of().summary
    assert summary.startswith("Half of 15,000 requests took at most 52 ms, 95 of 100 at most 240 ms")
    assert "999 of 1,000 within" in summary


def test_reports_and_verdicts_agree_on_how_many_arrivals_p999_needs():
    assert arrivals_needed(99.9) == ENOUGH_FOR_P999


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (Objective("p99_ms", 1000.0, 7.25, held=True), ("99 of 100", "all requests", "1,000 ms", "7.2 ms")),
        (Objective("error_rate", 0.005, 0.5, held=False, about="batch"), ("Errors", "batch", "0.5 %", "50 %")),
        (Objective("recovery_s", 30.0, 2.6, held=True), ("Back to normal", "all requests", "30.0 s", "2.6 s")),
        (Objective("wrong_patient", 0.0, 3.0, held=False), ("Answers about another", "all requests", "0", "3")),
    ],
)
def test_objectives_in_words(item, words):
    name, about, limit, measured = words
    assert objectives.name(item).startswith(name)
    assert (objectives.about(item), objectives.amount(item, item.limit)) == (about, limit)
    assert objectives.amount(item, item.measured) == measured
