"""Search values of a resource: what FHIR R4 search compares (hl7.org/fhir/R4/search.html#ptypes)."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

DATE_FORM = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)(T(?P<hour>\d\d):(?P<minute>\d\d)(:(?P<second>\d\d)"
    r"(\.(?P<fraction>\d{1,9}))?)?(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?"
)
DAY_S = 86_400
Range = tuple[float, float]  # epoch seconds, the end not included


@dataclass(frozen=True, slots=True)
class Token:
    """A code or identifier with its system; `system` is "" when it has none."""

    system: str
    code: str


def elements(body: Any, path: str) -> Iterator[Any]:
    """Yield every value at the dotted `path`, through all items of lists."""
    values = [body]
    for step in path.split("."):
        inner = [value.get(step) for value in values if isinstance(value, dict)]
        values = [item for value in inner for item in (value if isinstance(value, list) else [value])]
    yield from (value for value in values if value is not None)


def tokens(value: Any) -> Iterator[Token]:
    """Yield the tokens of a code, boolean, Coding, CodeableConcept, Identifier or ContactPoint."""
    if isinstance(value, bool):
        yield Token("", "true" if value else "false")
    elif isinstance(value, str):
        yield Token("", value)
    elif "coding" in value:
        for coding in value["coding"]:
            yield from tokens(coding)
    elif "code" in value:
        yield Token(value.get("system", ""), value["code"])
    elif "value" in value:
        yield Token(value.get("system", ""), value["value"])


def token_forms(value: Any) -> Iterator[str]:
    """Yield every text that finds a token: `code`, `system|code`, `system|`, or `|code` without system."""
    for token in tokens(value):
        yield token.code
        yield f"{token.system}|{token.code}"
        if token.system:
            yield f"{token.system}|"


def reference_forms(value: Any) -> Iterator[str]:
    """Yield every search text that finds a reference: `Type/id` and `id`."""
    if isinstance(value, dict) and isinstance(value.get("reference"), str):
        yield value["reference"]
        yield value["reference"].rpartition("/")[2]


def fold(text: str) -> str:
    """Return `text` without case and accents, for string search."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark)).casefold()


def texts(value: Any) -> Iterator[str]:
    """Yield the folded texts of a string."""
    if isinstance(value, str):
        yield fold(value)


def ranges(value: Any) -> Iterator[Range]:
    """Yield the time range of a date, dateTime, instant or Period; an open Period end is infinite."""
    if isinstance(value, str):
        yield moment_range(value)
    elif isinstance(value, dict):
        start = moment_range(value["start"])[0] if "start" in value else -math.inf
        end = moment_range(value["end"])[1] if "end" in value else math.inf
        yield start, end


def moment_range(text: str) -> Range:
    """Return the range that a FHIR date or dateTime of any precision covers; without zone it is UTC.

    The end of the year 9999, which means "for ever" in many an EHR, is infinite. Raises ValueError.
    """
    form = DATE_FORM.fullmatch(text)
    if form is None:
        raise ValueError(f"{text!r} is no FHIR date; valid: 2026, 2026-06, 2026-06-15, 2026-06-15T07:30:00Z")
    part = form.groupdict()
    wall = datetime(
        int(part["year"]),
        int(part["month"] or 1),
        int(part["day"] or 1),
        int(part["hour"] or 0),
        int(part["minute"] or 0),
        int(part["second"] or 0),
        tzinfo=UTC,
    )
    start = wall.timestamp() - zone_offset_s(part["zone"])
    fraction = part["fraction"]
    if fraction:
        begin = start + int(fraction) / 10 ** len(fraction)
        return begin, begin + 10 ** -len(fraction)
    return start, start + length_s(wall, part)


def zone_offset_s(zone: str | None) -> int:
    """Return the offset from UTC, in seconds, of `Z`, `+05:30` or nothing."""
    if not zone or zone == "Z":
        return 0
    size = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
    return -size if zone[0] == "-" else size


def length_s(start: datetime, part: dict[str, str | None]) -> float:
    """Return the length in seconds of the period of which `part` names the precision."""
    if part["second"]:
        return 1
    if part["minute"]:
        return 60
    if part["day"]:
        return DAY_S
    following = start.year * 12 + start.month if part["month"] else start.year * 12 + 12
    if following >= 12 * 10_000:
        return math.inf
    end = start.replace(year=following // 12, month=following % 12 + 1)
    return (end - start).total_seconds()
