from __future__ import annotations

import pytest

from gauntlet.load.histogram import Histogram
from gauntlet.load.measured import SecondTally
from gauntlet.load.recovery import recovered_s


def second(number: int, latency_s: float = 0.01, errors: int = 0, wanted: int = 50) -> SecondTally:
    histogram = Histogram()
    for _ in range(wanted):
        histogram.record(latency_s)
    return SecondTally(number, wanted, wanted, errors, histogram)


GOOD, SLOW, FAILING, EMPTY = {}, {"latency_s": 0.5}, {"errors": 25}, {"wanted": 0}


@pytest.mark.parametrize(
    ("seconds", "ended_s", "expected"),
    [
        ([GOOD] * 6, 1.5, 0.5),
        ([GOOD, FAILING, FAILING, SLOW, GOOD, GOOD], 1.5, 2.5),
        ([GOOD, FAILING, GOOD, FAILING, GOOD, GOOD], 1.0, 3.0),  # one good second is chance
        ([GOOD, FAILING, FAILING, FAILING, FAILING, GOOD], 1.0, None),
        ([GOOD, FAILING, EMPTY, EMPTY, EMPTY, EMPTY], 1.0, None),  # nobody asked: nothing is known
        ([], 1.0, None),
    ],
)
def test_recovery_is_the_first_row_of_good_seconds(profile, seconds, ended_s, expected) -> None:
    timeline = [second(number, **kind) for number, kind in enumerate(seconds)]
    assert recovered_s(timeline, profile().slo, ended_s, 2) == expected
