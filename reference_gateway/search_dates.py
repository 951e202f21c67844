"""Dates in searches: every value is a span of time as long as its precision (http://hl7.org/fhir/R4/search.html#date)."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_VALUE = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)(T(?P<hour>\d\d):(?P<minute>\d\d)(:(?P<second>\d\d)(?P<rest>\.\d+)?)?"
    r"(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Span:
    """A half-open span of time [start, end)."""

    start: datetime
    end: datetime


_TESTS: Mapping[str, Callable[[Span, Span], bool]] = {
    "eq": lambda asked, found: asked.start <= found.start and found.end <= asked.end,
    "ne": lambda asked, found: not (asked.start <= found.start and found.end <= asked.end),
    "gt": lambda asked, found: found.end > asked.end,
    "lt": lambda asked, found: found.start < asked.start,
    "ge": lambda asked, found: found.end > asked.end or asked.start <= found.start < asked.end,
    "le": lambda asked, found: found.start < asked.start or asked.start < found.end <= asked.end,
    "sa": lambda asked, found: found.start >= asked.end,
    "eb": lambda asked, found: found.end <= asked.start,
}
PREFIXES = tuple(_TESTS)


def split(value: str) -> tuple[str, str]:
    """Return prefix (eq when there is none) and date of a search value."""
    return (value[:2], value[2:]) if value[:2] in _TESTS else ("eq", value)


def span(text: str) -> Span:
    """Return the span that a FHIR date, dateTime or instant covers; without a zone it is UTC. Raises ValueError."""
    match = _VALUE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a FHIR date")
    year, month, day = (int(match[name] or 1) for name in ("year", "month", "day"))
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    micro = int(((match["rest"] or ".0")[1:] + "000000")[:6])
    start = datetime(year, month, day, hour, minute, min(second, 59), micro, tzinfo=UTC) - _offset(match["zone"])
    try:
        return Span(start, start + _length(match, year, month))
    except OverflowError:
        return Span(start, _LATEST)


def matches(value: str, found: Any) -> bool:
    """Tell whether an element (date text or Period, None when absent) fits a search value. Raises ValueError."""
    prefix, text = split(value)
    asked = span(text)
    covered = _covered(found)
    return covered is not None and _TESTS[prefix](asked, covered)


def _covered(found: Any) -> Span | None:
    if isinstance(found, str):
        return span(found)
    if isinstance(found, dict) and (found.get("start") or found.get("end")):
        start = span(found["start"]).start if found.get("start") else _EARLIEST
        return Span(start, span(found["end"]).end if found.get("end") else _LATEST)
    return None


def _offset(zone: str | None) -> timedelta:
    if zone in (None, "Z"):
        return timedelta()
    sign = -1 if zone.startswith("-") else 1
    return sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))


def _length(match: re.Match[str], year: int, month: int) -> timedelta:
    if match["rest"]:
        return timedelta(microseconds=10 ** max(0, 7 - len(match["rest"])))
    if match["second"]:
        return timedelta(seconds=1)
    if match["minute"]:
        return timedelta(minutes=1)
    if match["day"]:
        return timedelta(days=1)
    if match["month"]:
        return timedelta(days=monthrange(year, month)[1])
    return timedelta(days=366 if monthrange(year, 2)[1] == 29 else 365)
