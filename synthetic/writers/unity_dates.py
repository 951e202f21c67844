"""The date layouts of Allscripts Unity answers. None of them tells a zone.

Layouts as its public client libraries show them: Unity writes five, and takes a sixth in parameters.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import Enum

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Layout(Enum):
    """How a date or time is written."""

    DAY = "dd-MMM-yyyy"
    MOMENT = "dd-MMM-yyyy h:mm am"
    LOUD_MOMENT = "dd-MMM-yyyy h:mm AM"
    SERVER = "M/d/yyyy h:mm:ss AM"
    SLASHED = "MM/dd/yyyy"
    PARAMETER = "yyyy/MM/dd"


def laid_out(moment: datetime, layout: Layout) -> str:
    """A time in a layout; the same in every locale."""
    month = _MONTHS[moment.month - 1]
    hour, half = (moment.hour - 1) % 12 + 1, "AM" if moment.hour < 12 else "PM"
    match layout:
        case Layout.DAY:
            return f"{moment.day:02}-{month}-{moment.year:04}"
        case Layout.MOMENT:
            return f"{moment.day:02}-{month}-{moment.year:04} {hour}:{moment.minute:02} {half.lower()}"
        case Layout.LOUD_MOMENT:
            return f"{moment.day:02}-{month}-{moment.year:04} {hour}:{moment.minute:02} {half}"
        case Layout.SERVER:
            clock = f"{hour}:{moment.minute:02}:{moment.second:02} {half}"
            return f"{moment.month}/{moment.day}/{moment.year:04} {clock}"
        case Layout.SLASHED:
            return f"{moment.month:02}/{moment.day:02}/{moment.year:04}"
        case Layout.PARAMETER:
            return f"{moment.year:04}/{moment.month:02}/{moment.day:02}"


def partial_day(text: str) -> str:
    """A FHIR date without day or month (1950, 1950-05) as far as it is known: 1950, May-1950."""
    year, _, month = text.partition("-")
    return f"{_MONTHS[int(month) - 1]}-{year}" if month else year


_INPUT = re.compile(
    r"(?:(?P<y1>\d{4})[/-](?P<m1>\d{1,2})[/-](?P<d1>\d{1,2})"
    r"|(?P<m2>\d{1,2})/(?P<d2>\d{1,2})/(?P<y2>\d{4})"
    r"|(?P<d3>\d{1,2})-(?P<m3>[A-Za-z]{3})-(?P<y3>\d{4}))"
    r"(?:[ T](?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))? ?(?P<half>[AaPp][Mm])?)?"
)


def understood(text: str) -> datetime | None:
    """The local time that a parameter names, in any of the layouts; None when it is no date.

    A date alone is its midnight. What a clock shows twice in autumn, or never in spring, is taken as it stands.
    """
    found = _INPUT.fullmatch(text.strip())
    if found is None:
        return None
    year, month, date = (found[f"{part}1"] or found[f"{part}2"] or found[f"{part}3"] for part in "ymd")
    hour = int(found["hour"] or 0)
    if found["half"]:
        hour = hour % 12 + (12 if found["half"].lower() == "pm" else 0)
    try:
        number = int(month) if month.isdecimal() else _MONTHS.index(month.title()) + 1
        minute, second = int(found["minute"] or 0), int(found["second"] or 0)
        return datetime(int(year), number, int(date), hour, minute, second)  # noqa: DTZ001 - clocks show no zone
    except ValueError:
        return None
