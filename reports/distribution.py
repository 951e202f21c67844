"""How many requests took how long, as bars: each bar of times is a fifth longer than the one before."""

from __future__ import annotations

import math

from gauntlet.load_result import LoadResult
from reports.plots import Bar, Plot
from reports.waterfall import Tick, finite, ticks

_LEAST_HEIGHT = 1.5  # percent of the plot: a single slow request among thousands is seen
_ROUND_MS = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)


def distribution(load: LoadResult) -> Plot | None:
    """Return the plot of all latencies of `load` with its limits; None when there are none."""
    bins = [(finite(item.up_to_ms), item.count) for item in load.distribution]
    most, whole = max((count for _, count in bins), default=0), sum(count for _, count in bins)
    if not most:
        return None
    limits = [
        (f"{item.name.removesuffix('_ms').replace('p999', 'p99.9')} limit", finite(item.limit))
        for item in load.objectives
        if item.name.endswith("_ms") and item.about == "all"
    ]
    low = bins[0][0] / _STEP
    high = max(bins[-1][0], *(limit * 1.1 for _, limit in limits if limit <= bins[-1][0] * 4), low * _STEP)

    def across(milliseconds: float) -> float:
        return round(math.log(max(milliseconds, low) / low) / math.log(high / low) * 100, 2)

    def bar(up_to: float, count: int) -> Bar:
        left, right = across(up_to / _STEP), across(up_to)
        height = max(count / most * 90, _LEAST_HEIGHT)
        return Bar(left, round(right - left, 2), round(height, 2), f"{count:,} took up to {up_to:.3g} ms")

    step = max(most / whole * 100, 1e-9)
    return Plot(
        title="How long requests took",
        unit="% of all",
        lines=[],
        limits=[],
        across=[Tick(across(value), _time(value)) for value in _ROUND_MS if low <= value <= high],
        up=[Tick(round(100 - value / step * 90, 2), f"{value:g} %") for value in ticks(0, step * 1.1, 4)],
        summary=_summary(load),
        bands=[],
        bars=[bar(up_to, count) for up_to, count in bins if count],
        marks=[Tick(across(limit), f"{name} {_time(limit)}") for name, limit in limits if limit <= high],
    )


_STEP = 2**0.25  # as the bins are made


def _time(milliseconds: float) -> str:
    return f"{milliseconds / 1000:g} s" if milliseconds >= 1000 else f"{milliseconds:g} ms"


def _summary(load: LoadResult) -> str:
    total = next((item.latency for item in load.endpoints if item.name == "all"), None)
    if total is None:
        return ""
    tail = f", 999 of 1,000 within {total.p999:,.0f} ms" if total.tells_p999 else ""
    return (
        f"Half of {total.count:,} requests took at most {total.p50:,.0f} ms, 95 of 100 at most {total.p95:,.0f} ms, "
        f"99 of 100 at most {total.p99:,.0f} ms{tail}; the slowest {total.max:,.0f} ms. "
        "Bars to the right are slower; the time axis doubles at equal steps."
    )
