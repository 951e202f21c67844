"""What clocks and calendars of the hospital show, as ISO 8601 without a zone: from FHIR, and from Unity's layouts."""

from __future__ import annotations

import re

from synthetic.writers.hospital_clock import epoch_seconds, hospital_time

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = r"(?: (?P<hour>\d{1,2}):(?P<minute>\d\d)(?::\d\d)? (?P<half>[AP]M))?(?P<utc> UTC)?"
_LAYOUTS = (
    re.compile(r"(?P<day>\d\d)-(?P<word>[a-z]{3})-(?P<year>\d{4})" + _CLOCK, re.ASCII | re.IGNORECASE),
    re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})" + _CLOCK, re.ASCII | re.IGNORECASE),
)
_MONTH = re.compile(r"(?P<word>[a-z]{3})-(?P<year>\d{4})", re.ASCII | re.IGNORECASE)
_MINUTE, _DAY = len("2026-06-15T14:00"), len("2026-06-15")


def shown(text: str) -> str:
    """A FHIR date as it is; a FHIR instant as the hospital's clocks show it, to the minute.

    >>> shown("2026-01-14T02:45:30Z"), shown("1960-02")
    ('2026-01-13T21:45', '1960-02')
    """
    return _local(epoch_seconds(text)) if "T" in text else text


def shown_day(text: str) -> str:
    """A FHIR date, or the day of an instant in the hospital."""
    return shown(text)[:_DAY]


def unity_time(text: str) -> str:
    """A date or time in one of Unity's layouts. Raises ValueError for another layout.

    >>> unity_time("06-Mar-2025 4:18 pm"), unity_time("3/6/2025 12:05:00 AM"), unity_time("May-1950")
    ('2025-03-06T16:18', '2025-03-06T00:05', '1950-05')
    """
    for layout in _LAYOUTS:
        if match := layout.fullmatch(text):
            return _read(match)
    if match := _MONTH.fullmatch(text):
        return f"{match['year']}-{_MONTHS.index(match['word'].lower()) + 1:02}"
    return shown(text) if text.endswith("Z") else _iso(text)


def _read(match: re.Match[str]) -> str:
    parts = match.groupdict()
    month = int(parts["month"]) if "month" in parts else _MONTHS.index(parts["word"].lower()) + 1
    date = f"{parts['year']}-{month:02}-{int(parts['day']):02}"
    if parts["half"] is None:
        return date
    hour = int(parts["hour"]) % 12 + (12 if parts["half"].upper() == "PM" else 0)
    time = f"{date}T{hour:02}:{parts['minute']}"
    return shown(f"{time}:00Z") if parts["utc"] else time


def _iso(text: str) -> str:
    """A date or time in ISO 8601 without a zone."""
    if not re.fullmatch(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d)?)?)?", text, re.ASCII):
        raise ValueError(f"{text!r} is in none of Unity's layouts")
    return text[:_MINUTE]


def _local(instant: int) -> str:
    return hospital_time(instant).strftime("%Y-%m-%dT%H:%M")
