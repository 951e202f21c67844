import threading

import pytest

from gauntlet.errors import CheckFailed, Inconclusive, NoAnswer
from gauntlet.machine import Crowding
from gauntlet.pace import Pace


def test_what_is_merely_late_is_not_lost():
    pace = Pace()
    pace.note(due=10.0, now=10.09)
    assert pace.lost_s == 0
    pace.note(due=10.0, now=11.1)
    pace.note(due=12.0, now=12.6)
    assert pace.lost_s == pytest.approx(1.5)


def test_a_window_that_the_machine_slept_through_proves_nothing():
    pace = Pace()
    pace.note(due=0.0, now=0.9)
    stood_still = r"no answer, but this machine stood still for 0\.8 s meanwhile"
    with pytest.raises(Inconclusive, match=stood_still), pace.forgiving(1.5):
        raise NoAnswer("no answer")
    with pytest.raises(CheckFailed, match="too late"), pace.forgiving(2.0):
        raise CheckFailed("too late")
    with pace.forgiving(0.1):
        pass


def test_slowness_is_excused_on_a_crowded_machine_and_up_to_a_point(monkeypatch):
    pace, crowded = Pace(), [Crowding(foreign=0.9, idle=0.0)]
    monkeypatch.setattr("gauntlet.machine.crowding", lambda *_: crowded[0])
    pace.excuse_slowness(1.0, 1.0)
    with pytest.raises(Inconclusive, match=r"1\.40 s are more than 1\.00 s, but this machine was busy with other work"):
        pace.excuse_slowness(1.4, 1.0)
    pace.excuse_slowness(1.6, 1.0)
    crowded[0] = None
    assert pace.excuse() == ""
    pace.excuse_slowness(1.4, 1.0)
    pace.note(due=0.0, now=0.9)
    with pytest.raises(Inconclusive, match=r"stood still for 0\.8 s"):
        pace.excuse_slowness(1.6, 1.0)


def test_it_watches_by_the_clock_and_ends():
    ticks, seen = iter(range(0, 1000, 10)), threading.Event()

    def clock():
        now = next(ticks, 1000)
        if now > 50:
            seen.set()
        return float(now)

    pace = Pace(clock)
    pace.start()
    try:
        assert seen.wait(10)
    finally:
        pace.stop()
    assert pace.lost_s > 1
