"""The clock: shifted, held still, moved on, put back."""

from __future__ import annotations

from mock_ehr.clock import Clock


class Real:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_shows_the_real_time_plus_an_offset() -> None:
    real = Real()
    clock = Clock(real)
    clock.offset_s = 300
    real.now += 1
    assert clock.now() == 1301


def test_stands_still_and_goes_on_from_there() -> None:
    real = Real()
    clock = Clock(real)
    clock.freeze()
    real.now += 50
    clock.freeze()
    assert (clock.now(), clock.frozen) == (1000, True)
    clock.advance(7)
    assert clock.now() == 1007
    clock.resume()
    assert (clock.now(), clock.frozen) == (1007, False)
    real.now += 3
    assert clock.now() == 1010
    clock.resume()
    assert clock.now() == 1010


def test_can_be_set_to_an_instant_frozen_or_not() -> None:
    real = Real()
    clock = Clock(real)
    clock.set(5000)
    real.now += 1
    assert clock.now() == 5001
    clock.freeze()
    clock.set(10)
    real.now += 1
    assert clock.now() == 10


def test_reset_shows_the_real_time() -> None:
    real = Real()
    clock = Clock(real)
    clock.freeze()
    clock.advance(-400)
    real.now += 1
    clock.reset()
    assert (clock.now(), clock.frozen, clock.offset_s) == (1001, False, 0)
