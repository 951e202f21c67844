"""Instants in any offset and any number of digits behind the second."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from fractions import Fraction

from synthetic.instants import day, utc_offset_hours

_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII
)  # http://hl7.org/fhir/R4/datatypes.html#dateTime, with a time

_WINTER = 5

Moment = tuple[int, Fraction]


def moment(text: str) -> Moment | None:
    """Minutes since 1970 in UTC and seconds within the minute (a leap second is 60); None when it is no instant.

    >>> moment("1970-01-01T01:01:00.50+01:00")
    (1, Fraction(1, 2))
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        return None
    date, hour, minute, second, fraction, zone = match.groups()
    try:
        minutes = day(date) * 24 * 60 + int(hour) * 60 + int(minute) - offset_minutes(zone)
    except ValueError:
        return None
    return minutes, int(second) + Fraction(f"0.{fraction or 0}")


def offset_minutes(zone: str) -> int:
    """Minutes that clocks of a zone are ahead of UTC."""
    if zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[4:6])
    return -minutes if zone[0] == "-" else minutes


def on_hospital_clocks(text: str) -> str:
    """An instant in UTC (Z) as clocks in the hospital show it, with their offset; other texts as they are.

    >>> on_hospital_clocks("2026-01-14T02:45:00Z")
    '2026-01-13T21:45:00-05:00'
    """
    if moment(text) is None or not text.endswith("Z") or int(text[17:19]) > 59:
        return text
    hours = utc_offset_hours(day(text[:10])) if "1890" <= text[:4] <= "2029" else _WINTER
    shown = datetime.fromisoformat(text[:19]) - timedelta(hours=hours)
    return f"{shown.isoformat()}{text[19:-1]}-{hours:02}:00"
