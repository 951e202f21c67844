"""Arrivals at an emergency department: the patients present follow the published curve."""

from __future__ import annotations

import pytest

from synthetic.codes.arrivals import EMERGENCY_HOURS

HOURS_PRESENT = 3


def test_the_department_is_emptiest_at_six_and_fullest_at_seven_in_the_evening() -> None:
    arrivals = [EMERGENCY_HOURS.count(hour) for hour in range(24)]
    present = [sum(arrivals[(hour - ago) % 24] for ago in range(HOURS_PRESENT)) for hour in range(24)]
    assert present.index(min(present)) == 6
    assert present.index(max(present)) == 19
    assert max(present) / min(present) == pytest.approx(58_000 / 19_000, rel=0.05)
