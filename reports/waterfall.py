"""The waterfall of one check: exchanges of consumer and EHR, and faults, on one time axis in percent."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gauntlet.result import Exchange, FaultWindow
from reports import words
from reports.text import one_line
from reports.words import counted

LABEL_LENGTH = 160
MOST_TICKS = 6


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: where it lies on the axis, in percent, and what it says."""

    kind: str  # "consumer", "ehr" or "fault"
    start: float
    width: float
    label: str
    time: str
    bad: bool  # no answer, or a status of 400 and above


@dataclass(frozen=True, slots=True)
class Tick:
    """One mark of the axis, in percent, with its label."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Waterfall:
    """All rows in the order they are drawn, the axis, and where the time went in words."""

    bars: list[Bar]
    ticks: list[Tick]
    summary: str


def milliseconds(value: float) -> str:
    """Return a duration in ms for a reader: "0.4 ms", "12 ms", "1.25 s", "2 min 5 s"."""
    value = finite(value)
    if value >= 120_000:
        return f"{int(value // 60_000)} min {int(value % 60_000 / 1000)} s"
    if value >= 1000:
        return f"{value / 1000:.2f}".rstrip("0").rstrip(".") + " s"
    return f"{value:.1f} ms" if 0 < value < 10 else f"{value:.0f} ms"


def finite(value: object) -> float:
    """Return `value` as a finite, non-negative number; anything else counts as 0."""
    return max(float(value), 0.0) if isinstance(value, int | float) and math.isfinite(value) else 0.0


def ticks(low: float, high: float, most: int = MOST_TICKS) -> list[float]:
    """Return at most `most` + 1 round values from `low` to `high`: 1, 2 or 5 times a power of ten apart."""
    span = high - low
    if span <= 0:
        return [low]
    magnitude = 10.0 ** math.floor(math.log10(span / most))
    step = next(magnitude * factor for factor in (1, 2, 5, 10, 20) if span / (magnitude * factor) <= most)
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


def shown(exchanges: Sequence[Exchange], most: int) -> tuple[list[Exchange], int]:
    """Return the exchanges to draw, by start, and how many are left out: of many the first and the last."""
    ordered = sorted(exchanges, key=lambda item: (finite(item.started_ms), item.side == "ehr"))
    if len(ordered) <= most:
        return ordered, 0
    tail = most // 4
    return ordered[: most - tail] + (ordered[-tail:] if tail else []), len(ordered) - most


def drawn(exchanges: Sequence[Exchange], faults: Sequence[FaultWindow]) -> Waterfall | None:
    """Return the waterfall of `exchanges` and `faults`, or None when there is nothing to draw.

    The axis spans the exchanges; a fault in force for longer is cut there, and its label has the true times.
    """
    spans = [_span(item.started_ms, finite(item.started_ms) + finite(item.duration_ms)) for item in exchanges]
    spans = spans or [_span(item.started_ms, item.ended_ms) for item in faults]
    if not spans:
        return None
    low, high = min(start for start, _ in spans), max(end for _, end in spans)
    high = max(high, low + 1.0)
    axis = _Axis(low, high + (high - low) * 0.02)
    return Waterfall(
        bars=[_fault_bar(fault, axis) for fault in faults] + [_exchange_bar(item, axis) for item in exchanges],
        ticks=[Tick(axis.at(value), milliseconds(value)) for value in ticks(axis.low, axis.high)],
        summary=summary(exchanges),
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float
    high: float

    def at(self, value: float) -> float:
        """Return where `value` lies on the axis, in percent, kept within it."""
        return round(min(max((value - self.low) / (self.high - self.low), 0.0), 1.0) * 100, 3)


def _span(start: float, end: float) -> tuple[float, float]:
    return finite(start), max(finite(start), finite(end))


def _fault_bar(fault: FaultWindow, axis: _Axis) -> Bar:
    start, end = _span(fault.started_ms, fault.ended_ms)
    left = axis.at(start)
    return Bar(
        kind="fault",
        start=left,
        width=round(axis.at(end) - left, 3),
        label=one_line(
            f"{fault.name}, at the {fault.where} from {milliseconds(start)} to {milliseconds(end)}, "
            f"took effect {counted(fault.applied, 'time')}",
            LABEL_LENGTH,
        ),
        time="",
        bad=False,
    )


def _exchange_bar(item: Exchange, axis: _Axis) -> Bar:
    start, end = _span(item.started_ms, finite(item.started_ms) + finite(item.duration_ms))
    left = axis.at(start)
    return Bar(
        kind="ehr" if item.side == "ehr" else "consumer",
        start=left,
        width=round(axis.at(end) - left, 3),
        label=one_line(f"{item.status or 'no answer'}  {item.method} {path(item.url)}", LABEL_LENGTH),
        time=milliseconds(item.duration_ms),
        bad=item.status is None or item.status >= 400,
    )


def path(url: str) -> str:
    """Return `url` without scheme and host, which are the same all over a run."""
    _, separator, rest = url.partition("://")
    if not separator:
        return url
    _, slash, tail = rest.partition("/")
    return slash + tail


def summary(exchanges: Sequence[Exchange]) -> str:
    """Return in words where the consumers' time went: at the EHR, or at the gateway and the network."""
    consumer = _union(item for item in exchanges if item.side != "ehr")
    ehr = _union(item for item in exchanges if item.side == "ehr")
    total = sum(end - start for start, end in consumer)
    upstream = sum(
        max(0.0, min(end, other_end) - max(start, other)) for start, end in consumer for other, other_end in ehr
    )
    calls = sum(item.side == "ehr" for item in exchanges)
    if not consumer:
        return f"{words.counted(calls, 'call')} at the EHR, none of a consumer."
    if not calls:
        return f"{milliseconds(total)} seen by the consumer; nothing reached the EHR."
    counted = words.counted(calls, "call")
    return (
        f"{milliseconds(total)} seen by the consumer: {milliseconds(upstream)} at the EHR ({counted}), "
        f"{milliseconds(total - upstream)} at the gateway and the network."
    )


def _union(exchanges: Iterable[Exchange]) -> list[tuple[float, float]]:
    spans = sorted(_span(item.started_ms, finite(item.started_ms) + finite(item.duration_ms)) for item in exchanges)
    merged: list[tuple[float, float]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
