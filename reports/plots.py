"""The plots of a load run as points in percent of the plot area; the page's templates draw them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from gauntlet.load_result import LoadFault, LoadResult, LoadSecond
from reports.waterfall import Tick, finite, ticks

MOST_POINTS = 240


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: its style (a class of the style sheet), its name, and its points as an SVG attribute."""

    style: str
    name: str
    points: str


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of time in which something was the matter, in percent of the plot's width."""

    left: float
    width: float
    name: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar on the floor of the plot, in percent of its area."""

    left: float
    width: float
    height: float
    name: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot: curves or bars, limits across (`limits`) or upright (`marks`), and both axes. Percent, y from the top."""

    title: str
    unit: str
    lines: list[Line]
    limits: list[Tick]
    across: list[Tick]
    up: list[Tick]
    summary: str
    bands: list[Band]
    bars: list[Bar] = field(default_factory=list)
    marks: list[Tick] = field(default_factory=list)


def plots(load: LoadResult) -> list[Plot]:
    """Return the plots of `load`: rates, and latency with its limits; none when it has no timeline."""
    seconds = thinned(load.timeline)
    if not seconds:
        return []
    first, last = seconds[0].second, max(seconds[-1].second, seconds[0].second + 1)
    bands = [_band(fault, first, last) for fault in load.faults]
    return [replace(plot, bands=bands) for plot in (_rates(seconds), _latency(seconds, load))]


def _band(fault: LoadFault, first: int, last: int) -> Band:
    """Return a fault as a band; one without duration is still seen."""
    left = min(max((finite(fault.from_s) - first) / (last - first) * 100, 0.0), 99.0)
    right = min(max((finite(fault.until_s) - first) / (last - first) * 100, left + 0.5), 100.0)
    return Band(round(left, 2), round(right - left, 2), fault.what)


def thinned(timeline: Sequence[LoadSecond], most: int = MOST_POINTS) -> list[LoadSecond]:
    """Return at most `most` seconds of `timeline`, each the worst of those it stands for.

    Worst means highest latency, most wanted, fewest answered: a mean would hide what an objective is about.
    """
    size = -(-len(timeline) // most) or 1
    return [_worst(timeline[start : start + size]) for start in range(0, len(timeline), size)]


def _worst(bucket: Sequence[LoadSecond]) -> LoadSecond:
    return LoadSecond(
        second=bucket[0].second,
        wanted=max(item.wanted for item in bucket),
        answered=min(item.answered for item in bucket),
        errors=max(item.errors for item in bucket),
        p50_ms=max(finite(item.p50_ms) for item in bucket),
        p95_ms=max(finite(item.p95_ms) for item in bucket),
        p99_ms=max(finite(item.p99_ms) for item in bucket),
    )


def _rates(seconds: Sequence[LoadSecond]) -> Plot:
    top = max(max(item.wanted, item.answered, item.errors) for item in seconds)
    curves: list[tuple[str, str, Callable[[LoadSecond], float]]] = [
        ("wanted", "wanted", lambda item: item.wanted),
        ("answered", "answered", lambda item: item.answered),
        ("errors", "errors", lambda item: item.errors),
    ]
    worst = max(seconds, key=lambda item: item.wanted - item.answered)
    peak = max(seconds, key=lambda item: item.wanted)
    summary = (
        f"Peak of {peak.wanted} wanted per second at second {peak.second}; "
        f"at worst {worst.wanted} wanted and {worst.answered} answered, at second {worst.second}. "
        "A wrong or refused answer counts as answered and as an error, one that never came as an error alone."
    )
    return _plot(
        ("Requests per second, by the moment at which somebody wanted the answer", "/s", summary),
        seconds,
        curves,
        top,
        [],
    )


def _latency(seconds: Sequence[LoadSecond], load: LoadResult) -> Plot:
    limits = [
        (f"{item.name.removesuffix('_ms')} limit {item.limit:g} ms", finite(item.limit))
        for item in load.objectives
        if item.name in {"p50_ms", "p95_ms", "p99_ms"} and item.about == "all"
    ]
    highest = max(item.p99_ms for item in seconds)
    top = max(
        [
            highest,
            max(item.p95_ms for item in seconds),
            *(limit for _, limit in limits if limit <= highest * 4),
        ]
    )
    curves: list[tuple[str, str, Callable[[LoadSecond], float]]] = [
        ("p99", "p99", lambda item: item.p99_ms),
        ("p95", "p95", lambda item: item.p95_ms),
        ("p50", "p50", lambda item: item.p50_ms),
    ]
    worst = max(seconds, key=lambda item: item.p99_ms)
    summary = f"Worst second: {worst.second}, with p99 {worst.p99_ms:.0f} ms, p50 {worst.p50_ms:.0f} ms."
    summary += " p50 is what every second request stays within, p95 and p99 what 95 and 99 of 100 do."
    summary += "".join(f" The {name} is above the plot." for name, limit in limits if limit > top)
    return _plot(("How long requests took over time", "ms", summary), seconds, curves, top, limits)


def _plot(
    words: tuple[str, str, str],
    seconds: Sequence[LoadSecond],
    curves: Sequence[tuple[str, str, Callable[[LoadSecond], float]]],
    top: float,
    limits: Sequence[tuple[str, float]],
) -> Plot:
    title, unit, summary = words
    ceiling = max(top, 1.0) * 1.12
    first, last = seconds[0].second, max(seconds[-1].second, seconds[0].second + 1)

    def across(second: float) -> float:
        return round((second - first) / (last - first) * 100, 2)

    def down(value: float) -> float:
        return round(100 - value / ceiling * 100, 2)

    return Plot(
        title=title,
        unit=unit,
        lines=[
            Line(style, name, " ".join(f"{across(item.second)},{down(value(item))}" for item in seconds))
            for style, name, value in curves
        ],
        limits=[Tick(down(limit), name) for name, limit in limits if limit <= ceiling],
        across=[Tick(across(second), f"{second:g} s") for second in ticks(first, last)],
        up=[Tick(down(value), f"{value:g} {unit}") for value in ticks(0, ceiling, 4)],
        summary=summary,
        bands=[],
    )
