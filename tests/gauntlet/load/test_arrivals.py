from __future__ import annotations

import random
from itertools import pairwise

import pytest

from gauntlet.load.arrivals import arrival_times, draw, expected_arrivals
from gauntlet.load.profile import RatePoint


def curve(*points: tuple[float, float]) -> list[RatePoint]:
    return [RatePoint(at_s=at_s, per_s=per_s, why="a reason for it") for at_s, per_s in points]


RAMP = curve((0, 0), (50, 200), (100, 0))


def test_the_same_seed_gives_the_same_schedule_and_another_one_another(profile) -> None:
    mix = profile().mix
    first, again, other = (draw(RAMP, mix, 20, seed) for seed in (1, 1, 2))
    assert first == again
    assert first.starts != other.starts


def test_the_mix_does_not_move_the_arrivals(profile) -> None:
    mix = profile().mix
    assert draw(RAMP, mix, 20, 1).starts == draw(RAMP, mix[:1], 5, 1).starts


@pytest.mark.parametrize(
    ("points", "expected"),
    [(RAMP, 10_000), (curve((0, 100), (100, 100)), 10_000), (curve((0, 0), (1, 0), (2, 100), (3, 100)), 150)],
    ids=["ramp", "flat", "starts at zero"],
)
def test_the_number_of_arrivals_is_the_integral_of_the_curve(points, expected) -> None:
    assert expected_arrivals(points) == expected
    count = len(list(arrival_times(points, random.Random(3))))
    assert abs(count - expected) < 4 * expected**0.5


def test_arrivals_follow_the_curve_and_stay_in_order() -> None:
    times = list(arrival_times(RAMP, random.Random(3)))
    assert times == sorted(times)
    assert 0 <= times[0] <= times[-1] <= 100
    for begin in range(0, 100, 10):  # integral of the triangle over ten seconds
        middle = begin + 5
        wanted = 10 * (4 * middle if middle < 50 else 4 * (100 - middle))
        found = sum(begin <= time < begin + 10 for time in times)
        assert abs(found - wanted) < 5 * wanted**0.5


def test_gaps_of_a_flat_curve_are_exponential() -> None:
    times = list(arrival_times(curve((0, 100), (200, 100)), random.Random(5)))
    gaps = [after - before for before, after in pairwise(times)]
    mean = sum(gaps) / len(gaps)
    spread = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert mean == pytest.approx(0.01, rel=0.05)
    assert spread == pytest.approx(mean, rel=0.05)  # an even spacing would have none


def test_kinds_follow_the_weights_and_patients_are_all_used(profile) -> None:
    schedule = draw(RAMP, profile().mix, 20, 1)
    assert schedule.kinds.tolist().count(1) / len(schedule) == pytest.approx(0.75, abs=0.03)
    assert set(schedule.patients) == set(range(20))


def test_a_curve_of_zeros_brings_nobody(profile) -> None:
    assert len(draw(curve((0, 0), (10, 0)), profile().mix, 20, 1)) == 0
