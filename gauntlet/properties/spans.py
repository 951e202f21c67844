"""Times as spans, and how a search by date compares them. Pure.

Source: http://hl7.org/fhir/R4/search.html#date. Where servers may differ the answer is None: a date without a time zone
against an instant (whose midnight?), periods against `eq`, `ge` and `le`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

_VALUE = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb)?(\d.*)")
_PARTS = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?")
_FARTHEST_ZONE = dt.timedelta(hours=14)
_BEGINNING = dt.datetime(1, 1, 2, tzinfo=dt.UTC)
_END = dt.datetime(9999, 12, 30, tzinfo=dt.UTC)


class Span(NamedTuple):
    """From `low` up to but without `high`; `zoned` tells whether it was written with a time zone."""

    low: dt.datetime
    high: dt.datetime
    zoned: bool

    def moved(self, by: dt.timedelta) -> Span:
        """Return the span as another time zone would mean it."""
        return Span(_within(self.low, by), _within(self.high, by), self.zoned)


def _within(moment: dt.datetime, by: dt.timedelta) -> dt.datetime:
    return moment if moment in (_BEGINNING, _END) else moment + by


def span(text: str) -> Span:
    """Return the span that a FHIR date, dateTime or instant means. Raises ValueError for anything else."""
    found = _PARTS.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no FHIR date")
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    whole = [int(part or low) for part, low in ((year, 1), (month, 1), (day, 1), (hour, 0), (minute, 0), (second, 0))]
    micro = int((fraction or "0").ljust(6, "0")[:6])
    offset = dt.datetime.fromisoformat(f"2000-01-01T00:00:00{zone}").tzinfo if zone else dt.UTC
    low = dt.datetime(*whole, micro, tzinfo=offset)  # type: ignore[misc, arg-type]
    return Span(low, _next(low, (month, day, hour, second, fraction)), bool(zone))


def _next(low: dt.datetime, parts: tuple[str | None, ...]) -> dt.datetime:
    month, day, hour, second, fraction = parts
    if month is None:
        return low.replace(year=low.year + 1)
    if day is None:
        return low.replace(year=low.year + low.month // 12, month=low.month % 12 + 1)
    if hour is None:
        return low + dt.timedelta(days=1)
    if second is None:
        return low + dt.timedelta(minutes=1)
    return low + (dt.timedelta(microseconds=10 ** max(0, 6 - len(fraction))) if fraction else dt.timedelta(seconds=1))


def span_of(value: Any) -> Span:
    """Return the span of an element: a date of any kind, or a Period. Raises ValueError for anything else."""
    if isinstance(value, str):
        return span(value)
    if isinstance(value, dict) and value.keys() & {"start", "end"}:
        low = span(value["start"]) if "start" in value else Span(_BEGINNING, _BEGINNING, zoned=True)
        high = span(value["end"]) if "end" in value else Span(_END, _END, zoned=True)
        return Span(low.low, high.high, low.zoned and high.zoned)
    raise ValueError(f"{value!r} is no time")


def _contained(asked: Span, held: Span) -> bool:
    return asked.low <= held.low and held.high <= asked.high


def _overlaps(asked: Span, held: Span) -> bool:
    return asked.low < held.high and held.low < asked.high


_Rule = Callable[[Span, Span], bool]
# What each prefix means, strictly and loosely; where both say the same, a server has no choice.
_RULES: Mapping[str, tuple[_Rule, _Rule]] = MappingProxyType(
    {
        "eq": (_contained, _overlaps),
        "ne": (lambda a, h: not _contained(a, h), lambda a, h: not _overlaps(a, h)),
        "gt": (lambda a, h: h.high > a.high, lambda a, h: h.low >= a.high),
        "lt": (lambda a, h: h.low < a.low, lambda a, h: h.high <= a.low),
        "ge": (lambda a, h: h.high > a.high or _contained(a, h), lambda a, h: h.low >= a.low),
        "le": (lambda a, h: h.low < a.low or _contained(a, h), lambda a, h: h.high <= a.high),
        "sa": (lambda a, h: h.low >= a.high, lambda a, h: h.low >= a.high),
        "eb": (lambda a, h: h.high <= a.low, lambda a, h: h.high <= a.low),
    }
)


def date_fits(value: str, held: Any) -> bool | None:
    """Return whether an element fits a search value such as `ge2026-06-15`; None when servers may differ."""
    match = _VALUE.fullmatch(value)
    if match is None:
        raise ValueError(f"{value!r} is no date to search for")
    asked, theirs = span(match[2]), span_of(held)
    moves = (-_FARTHEST_ZONE, dt.timedelta(0), _FARTHEST_ZONE) if asked.zoned != theirs.zoned else (dt.timedelta(0),)
    verdicts = {rule(asked.moved(by), theirs) for by in moves for rule in _RULES[match[1] or "eq"]}
    return verdicts.pop() if len(verdicts) == 1 else None
