"""Order of FHIR dates and times of unlike precision: only a certain contradiction counts."""

import re
from calendar import monthrange
from datetime import datetime, timedelta

PARTS = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?", re.ASCII)
# A date without a zone may be meant anywhere on earth.
WIDEST_ZONE = timedelta(hours=14)


def span(text: str) -> tuple[datetime, datetime, bool]:
    """First and last second that a valid dateTime may mean, and whether they are in UTC (it has a zone)."""
    match = PARTS.fullmatch(text)
    if match is None:
        raise ValueError(f"not a FHIR dateTime: {text!r}")
    year, month, day, hour, minute, second, zone = match.groups()
    if zone:
        # A leap second counts as the second before it.
        clock = int(hour), int(minute), min(int(second), 59)
        written = datetime(int(year), int(month), int(day), *clock)  # noqa: DTZ001 - UTC is kept apart
        moment = shift(written, -offset(zone))
        return moment, moment, True
    last_month = int(month or 12)
    last_day = int(day or monthrange(int(year), last_month)[1])
    first = datetime(int(year), int(month or 1), int(day or 1))  # noqa: DTZ001 - a FHIR date has no zone
    return first, datetime(int(year), last_month, last_day, 23, 59, 59), False  # noqa: DTZ001 - as above


def offset(zone: str) -> timedelta:
    """Offset from UTC of a FHIR zone."""
    if zone == "Z":
        return timedelta()
    size = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    return -size if zone[0] == "-" else size


def shift(moment: datetime, distance: timedelta) -> datetime:
    """Moment moved by a distance, held inside the years 1 to 9999."""
    try:
        return moment + distance
    except OverflowError:
        past = distance < timedelta()
        return datetime(1, 1, 1) if past else datetime(9999, 12, 31, 23, 59, 59)  # noqa: DTZ001 - as above


def surely_after(first: str, second: str) -> bool:
    """Whether `first` is later than `second` whatever their missing parts and zones are.

    >>> surely_after("2026-03", "2026-02-28")
    True
    >>> surely_after("2026", "2026-02-28")
    False
    """
    if len(first) == len(second) and (first[-1] == second[-1] == "Z" or len(first) <= 10):
        return first > second
    earliest, _, first_in_utc = span(first)
    _, latest, second_in_utc = span(second)
    slack = timedelta() if first_in_utc == second_in_utc else WIDEST_ZONE
    return shift(earliest, -slack) > latest
