"""The date layouts of Unity's rows: five in use, sometimes several in one answer, none with a zone.

dd-MMM-yyyy; dd-MMM-yyyy h:mm am (or AM); M/d/yyyy h:mm:ss AM; MM/dd/yyyy; yyyy/MM/dd. A date of which less is known
is MMM-yyyy or yyyy. Source: what public clients of Unity read.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = r"(?: +(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))? ?(?P<half>[AP]M))?"
_LAYOUTS = tuple(
    re.compile(layout + _TIME, re.ASCII | re.IGNORECASE)
    for layout in (
        r"(?P<day>\d{1,2})-(?P<word>[a-z]{3})-(?P<year>\d{4})",
        r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})",
        r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})",
    )
)
_MONTH = re.compile(r"(?P<word>[a-z]{3})-(?P<year>\d{4})", re.ASCII | re.IGNORECASE)
_YEAR = re.compile(r"\d{4}", re.ASCII)


@dataclass(frozen=True)
class Written:
    """What a column says: a FHIR date as precise as it is known, and the time on the site's clocks if there is one."""

    date: str
    local: dt.datetime | None = None


class UnityDates:
    """Reads dates and times of rows."""

    def read(self, text: str) -> Written | None:
        """Return what the text says, None for a blank. Raises ValueError for a text in none of the layouts."""
        text = text.strip(" ")
        if not text:
            return None
        for layout in _LAYOUTS:
            if match := layout.fullmatch(text):
                return self.whole(match.groupdict())
        if match := _MONTH.fullmatch(text):
            return Written(f"{match['year']}-{_month(match['word']):02}")
        if _YEAR.fullmatch(text):
            return Written(text)
        raise ValueError("a date is in none of the layouts known")

    def whole(self, parts: dict[str, str | None]) -> Written:
        """Return a whole date, with its time if it has one. Raises ValueError for a day that does not exist."""
        month = _month(parts["word"] or "") if "word" in parts else int(parts["month"] or 0)
        day = dt.date(int(parts["year"] or 0), month, int(parts["day"] or 0))
        if parts["half"] is None:
            return Written(day.isoformat())
        hour = int(parts["hour"] or 0)
        if not 1 <= hour <= 12:
            raise ValueError("an hour is none of twelve")
        hour = hour % 12 + (12 if parts["half"].upper() == "PM" else 0)
        clock = dt.time(hour, int(parts["minute"] or 0), int(parts["second"] or 0))
        return Written(day.isoformat(), dt.datetime.combine(day, clock))


def _month(word: str) -> int:
    return _MONTHS.index(word.lower()) + 1
