"""When service was back after a fault: pure, from the seconds of a run, by intended start."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gauntlet.load.measured import SecondTally
from gauntlet.load.slo import Slo


def is_good(second: SecondTally, slo: Slo) -> bool:
    """Return whether a second with arrivals was within the objectives for p95 and errors."""
    if second.wanted == 0:
        return False
    return (
        second.errors <= slo.error_rate.limit * second.wanted and second.latency.percentile_ms(95) <= slo.p95_ms.limit
    )


def recovered_s(
    timeline: Sequence[SecondTally], slo: Slo, ended_s: float, good_s: int, *, gaps: bool = False
) -> float | None:
    """Return how long after `ended_s` the first of `good_s` good seconds in a row began; None: there were none.

    With `gaps` seconds that are not in `timeline` do not end a row: an endpoint is not asked every second.
    """
    later = [item for item in timeline if item.second >= math.ceil(ended_s)]
    for place in range(len(later) + 1 - good_s):
        row = later[place : place + good_s]
        in_a_row = gaps or row[-1].second - row[0].second == good_s - 1
        if in_a_row and all(is_good(item, slo) for item in row):
            return row[0].second - ended_s
    return None
