"""When service was back after a fault: pure, from the seconds of a run, by intended start."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from gauntlet.load.measured import SecondTally
from gauntlet.load.profile import Slo


def is_good(second: SecondTally, slo: Slo) -> bool:
    """Return whether a second with arrivals was within the objectives for p95 and errors."""
    if second.wanted == 0:
        return False
    return (
        second.errors <= slo.error_rate.limit * second.wanted and second.latency.percentile_ms(95) <= slo.p95_ms.limit
    )


def recovered_s(timeline: Sequence[SecondTally], slo: Slo, ended_s: float, good_s: int) -> float | None:
    """Return how long after `ended_s` the first of `good_s` good seconds in a row began; None: there were none."""
    seconds: Mapping[int, SecondTally] = {item.second: item for item in timeline}
    first = math.ceil(ended_s)
    for start in range(first, max(seconds, default=0) + 2 - good_s):
        row = [seconds.get(start + offset) for offset in range(good_s)]
        if all(item is not None and is_good(item, slo) for item in row):
            return start - ended_s
    return None
