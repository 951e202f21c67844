"""The geometry of the time line, and the words for where the time went."""

from __future__ import annotations

import json
import math

import pytest

from gauntlet.result import FaultWindow
from reports import waterfall
from tests.reports.sample_checks import exchange, impatient_retry


def fault(start, end):
    return FaultWindow("storm", "ehr", start, end, 3, "{}")


def test_nothing_to_draw():
    assert waterfall.drawn([], []) is None


def test_bars_lie_where_their_times_are():
    drawn = waterfall.drawn([exchange("consumer", 100, 100, 200), exchange("ehr", 150, 25, 200)], [])
    axis = 102.0  # 100 ms and 2 % of room
    assert [(bar.kind, bar.start, bar.width) for bar in drawn.bars] == [
        ("consumer", 0.0, pytest.approx(100 / axis * 100, abs=0.01)),
        ("ehr", pytest.approx(50 / axis * 100, abs=0.01), pytest.approx(25 / axis * 100, abs=0.01)),
    ]


def test_a_fault_is_cut_to_the_axis_and_keeps_its_times():
    drawn = waterfall.drawn([exchange("consumer", 100, 100, 200)], [fault(0, 60_000)])
    assert (drawn.bars[0].start, drawn.bars[0].width) == (0.0, 100.0)
    assert "from 0 ms to 60 s, took effect 3 times" in drawn.bars[0].label


def test_a_fault_alone_is_drawn():
    assert [bar.kind for bar in waterfall.drawn([], [fault(5, 10)]).bars] == ["fault"]


@pytest.mark.parametrize(("status", "bad"), [(200, False), (304, False), (404, True), (503, True), (None, True)])
def test_errors_stand_out(status, bad):
    bar = waterfall.drawn([exchange("ehr", 0, 1, status)], []).bars[0]
    assert bar.bad is bad
    assert bar.label.startswith(str(status or "no answer"))


@pytest.mark.parametrize(
    ("exchanges", "text"),
    [
        ([], "0 calls at the EHR, none of a consumer."),
        ([exchange("consumer", 0, 20, 401)], "20 ms seen by the consumer; nothing reached the EHR."),
        (
            [exchange("consumer", 0, 100, 200), exchange("ehr", 10, 30, 200), exchange("ehr", 20, 40, 200)],
            "100 ms seen by the consumer: 50 ms at the EHR (2 calls), 50 ms at the gateway and the network.",
        ),
        (
            [exchange("consumer", 0, 100, None), exchange("ehr", 90, 500, 200)],
            "100 ms seen by the consumer: 10 ms at the EHR (1 call), 90 ms at the gateway and the network.",
        ),
        ([exchange("ehr", 0, 5, 200)], "1 call at the EHR, none of a consumer."),
    ],
)
def test_summary(exchanges, text):
    assert waterfall.summary(exchanges) == text


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf, -5.0])
def test_wrong_numbers_never_reach_the_page(wrong):
    drawn = waterfall.drawn([exchange("ehr", wrong, wrong, 200)], [fault(wrong, wrong)])
    for bar in drawn.bars:
        assert 0 <= bar.start <= 100
        assert 0 <= bar.width <= 100


def test_of_many_exchanges_the_first_and_the_last_are_shown():
    kept, omitted = waterfall.shown([exchange("ehr", float(at), 1, 200) for at in range(100)], 8)
    assert [item.started_ms for item in kept] == [0, 1, 2, 3, 4, 5, 98, 99]
    assert omitted == 92


def test_few_exchanges_are_shown_by_start_the_consumer_first():
    kept, omitted = waterfall.shown([exchange("ehr", 1, 1, 200), exchange("consumer", 1, 1, 200)], 8)
    assert ([item.side for item in kept], omitted) == (["consumer", "ehr"], 0)


@pytest.mark.parametrize(
    ("low", "high", "values"),
    [
        (0, 100, [0, 20, 40, 60, 80, 100]),
        (3.1, 53, [10, 20, 30, 40, 50]),
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (5, 5, [5]),
    ],
)
def test_ticks(low, high, values):
    assert waterfall.ticks(low, high) == pytest.approx(values)


@pytest.mark.parametrize("span", [1e-6, 0.7, 3.3, 59, 1234, 1e9])
def test_ticks_are_few_and_within(span):
    found = waterfall.ticks(2.0, 2.0 + span)
    assert 1 <= len(found) <= waterfall.MOST_TICKS + 1
    assert all(2.0 - 1e-6 <= value <= 2.0 + span * 1.001 for value in found)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 ms"),
        (0.44, "0.4 ms"),
        (12.6, "13 ms"),
        (1250, "1.25 s"),
        (60_000, "60 s"),
        (125_000, "2 min 5 s"),
        (math.nan, "0 ms"),
    ],
)
def test_milliseconds(value, text):
    assert waterfall.milliseconds(value) == text


@pytest.mark.parametrize(
    ("url", "short"),
    [
        ("http://127.0.0.1:1/fhir/R4/Patient?x=1", "/fhir/R4/Patient?x=1"),
        ("http://h", ""),
        ("/only/path", "/only/path"),
    ],
)
def test_path(url, short):
    assert waterfall.path(url) == short


def test_the_sample_storm_is_drawn_whole():
    check = impatient_retry()
    assert len(waterfall.drawn(check.exchanges, check.faults).bars) == 6
    assert json.loads(check.faults[0].definition)["name"] == "storm-429"
