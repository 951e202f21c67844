"""The date layouts of Allscripts Unity answers. None of them tells a zone.

Layouts as its public client libraries show them: Unity writes five, and takes a sixth in parameters.
"""

from __future__ import annotations

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
