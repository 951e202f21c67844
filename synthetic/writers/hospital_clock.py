"""What clocks in the hospital show: US Eastern time, by rules of our own, so that no platform needs a zone database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STANDARD, _SUMMER = timezone(timedelta(hours=-5)), timezone(timedelta(hours=-4))
_MARCH, _APRIL, _OCTOBER, _NOVEMBER = 3, 4, 10, 11
_CHANGE_AT = timedelta(hours=2)  # of local time, both in spring and in autumn


def hospital_time(instant: int) -> datetime:
    """The local time of an instant (seconds since 1970), with its offset.

    Rules: Energy Policy Act of 2005 from 2007 on, Public Law 99-359 from 1987 on, Uniform Time Act before (the
    exceptions of 1974 and 1975 are left out).
    """
    moment = _EPOCH + timedelta(seconds=instant)
    begins, ends = _summer(moment.astimezone(_STANDARD).year)
    return moment.astimezone(_SUMMER if begins <= moment < ends else _STANDARD)


def epoch_seconds(text: str) -> int:
    """The instant of a FHIR dateTime with time and zone. Raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} is no instant: it has no zone")
    return int((moment - _EPOCH).total_seconds())


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
