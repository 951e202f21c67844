"""How far metrics moved."""

import pytest

from gauntlet.errors import CheckFailed
from gauntlet.observe import movement as module
from gauntlet.observe.movement import Movement
from gauntlet.observe.series import Sample

SERIES = {"requests": 'hits{code="200"}', "queue_depth": "depth"}


class Gateway:
    """Shows one reading after another, the last one for ever, and a clock that jumps with each."""

    def __init__(self, *counts):
        self.counts = list(counts)
        self.now = 0.0

    def readings(self):
        self.now += 1.0
        count = self.counts.pop(0) if len(self.counts) > 1 else self.counts[0]
        return [Sample("hits", {"code": "200"}, count), Sample("hits", {"code": "500"}, 99), Sample("depth", {}, 4)]

    def moved(self, before=10.0):
        return Movement(self.readings, SERIES, [Sample("hits", {"code": "200"}, before)], lambda: self.now)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(module.time, "sleep", lambda _: None)


def test_difference_and_value():
    moved = Gateway(13).moved()
    assert moved.of("requests") == 3
    assert moved.of("queue_depth") == 4, "a series that appears began at 0"
    assert moved.now("queue_depth") == 4


def test_waits_until_it_shows():
    Gateway(10, 11, 12, 13).moved().expect("requests", 3, "three reads")


@pytest.mark.parametrize(("counts", "actual"), [((10,), "+0"), ((12,), "+2"), ((14,), "+4"), ((9,), "-1")])
def test_too_little_and_too_much(counts, actual):
    with pytest.raises(CheckFailed, match="three reads") as failure:
        Gateway(*counts).moved().expect("requests", 3, "three reads")
    assert (failure.value.expected, failure.value.actual) == ("+3", actual)


@pytest.mark.parametrize("count", [13, 14, 40])
def test_at_least(count):
    Gateway(count).moved().expect("requests", 3, "three reads", or_more=True)


def test_too_little_of_at_least():
    with pytest.raises(CheckFailed, match="three reads") as failure:
        Gateway(12).moved().expect("requests", 3, "three reads", or_more=True)
    assert (failure.value.expected, failure.value.actual) == ("+3 or more", "+2")


def test_gives_up_after_its_time():
    gateway = Gateway(10)
    with pytest.raises(CheckFailed):
        gateway.moved().expect("requests", 1, "one read")
    assert gateway.now == pytest.approx(module.SHOWS_WITHIN_S + 1, abs=1)


def test_a_metric_that_nobody_names():
    with pytest.raises(CheckFailed, match="no metric counts cache_hits") as failure:
        Gateway(1).moved().of("cache_hits")
    assert failure.value.actual == "queue_depth, requests there"
