"""What clocks in the hospital show: US Eastern time, by rules of our own, so that no platform needs a zone database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STANDARD, _SUMMER = timezone(timedelta(hours=-5)), timezone(timedelta(hours=-4))
_MARCH, _APRIL, _OCTOBER, _NOVEMBER = 3, 4, 10, 11
_CHANGE_AT = timedelta(hours=2)  # of local time, both in spring and in autumn
_LEAP_SECOND = ":60"
_LAST_MONTH = 12


def hospital_time(instant: int) -> datetime:
    """The local time of an instant (seconds since 1970), with its offset.

    Rules: Energy Policy Act of 2005 from 2007 on, Public Law 99-359 from 1987 on, Uniform Time Act before (the
    exceptions of 1974 and 1975 are left out).
    """
    moment = _EPOCH + timedelta(seconds=instant)
    begins, ends = _summer(moment.astimezone(_STANDARD).year)
    return moment.astimezone(_SUMMER if begins <= moment < ends else _STANDARD)


def epoch_seconds(text: str) -> int:
    """The instant of a FHIR dateTime with time and zone, whole seconds; a leap second is the one that follows it.

    Raises ValueError for anything else.
    """
    if text[16:19] == _LEAP_SECOND:
        return epoch_seconds(f"{text[:16]}:59{text[19:]}") + 1
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} is no instant: it has no zone")
    return int((moment - _EPOCH).total_seconds())


def earliest(text: str) -> int:
    """The first second that a FHIR date or dateTime can mean, by the hospital's clocks. Raises ValueError."""
    if "T" in text:
        return epoch_seconds(text)
    return _midnight(date.fromisoformat(f"{text}-01-01"[:10]))


def latest(text: str) -> int:
    """The last second that a FHIR date or dateTime can mean, by the hospital's clocks. Raises ValueError."""
    if "T" in text:
        return epoch_seconds(text)
    first = date.fromisoformat(f"{text}-01-01"[:10])
    if len(text) == len("2026-06-15"):
        return _midnight(first + timedelta(1)) - 1
    month = first.month if len(text) == len("2026-06") else _LAST_MONTH
    return _midnight(date(first.year + month // _LAST_MONTH, month % _LAST_MONTH + 1, 1)) - 1


def _midnight(day: date) -> int:
    """When a day begins in the hospital."""
    start = datetime(day.year, day.month, day.day, tzinfo=_STANDARD)
    begins, ends = _summer(day.year)
    zone = _SUMMER if begins <= start < ends else _STANDARD
    return int((start.replace(tzinfo=zone) - _EPOCH).total_seconds())


@lru_cache(maxsize=200)
def _summer(year: int) -> tuple[datetime, datetime]:
    if year >= 2007:
        first, last = _sunday(year, _MARCH, 8), _sunday(year, _NOVEMBER, 1)
    else:
        first, last = _sunday(year, _APRIL, 1 if year >= 1987 else 24), _sunday(year, _OCTOBER, 25)
    begins = datetime(first.year, first.month, first.day, tzinfo=_STANDARD) + _CHANGE_AT
    ends = datetime(last.year, last.month, last.day, tzinfo=_SUMMER) + _CHANGE_AT
    return begins, ends


def _sunday(year: int, month: int, earliest: int) -> date:
    """The first Sunday on or after a day of a month."""
    day = date(year, month, earliest)
    return day + timedelta((6 - day.weekday()) % 7)
