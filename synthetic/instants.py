"""Dates and instants as whole numbers and as FHIR text.

A day is a count of days since 1970-01-01 (negative before), an instant a count of seconds since
1970-01-01T00:00:00Z. The hospital keeps US Eastern time; what it sends is UTC.
"""

from __future__ import annotations

from datetime import date

DAY = 86_400
_EPOCH = date(1970, 1, 1)
_EPOCH_ORDINAL = _EPOCH.toordinal()


# Texts are kept once written. Plain dicts: a subclass that knows what is missing is asked five times as slowly.
_DATES: dict[int, str] = {}
_NUMERALS: dict[int, int] = {}
_TIMES: dict[int, str] = {}
_TWO_DIGITS = tuple(f"{n:02}" for n in range(60))


def day(text: str) -> int:
    """The day number of YYYY-MM-DD. Raises ValueError when it is no date."""
    return (date.fromisoformat(text) - _EPOCH).days


TODAY = day("2026-06-15")
NOW = TODAY * DAY + 18 * 3600  # 14:00 in the hospital: the moment at which every chart is read


def date_text(day_number: int) -> str:
    """YYYY-MM-DD."""
    try:
        return _DATES[day_number]
    except KeyError:
        return _written(day_number)


def instant_text(instant: int) -> str:
    """YYYY-MM-DDThh:mm:ssZ."""
    day_number, second = divmod(instant, DAY)
    try:
        return _DATES[day_number] + _TIMES[second]
    except KeyError:
        return date_text(day_number) + _time(second)


def _written(day_number: int) -> str:
    """The text of a day. A table of all takes 50 ms of every start, so each is written when it is first asked for."""
    text = _DATES[day_number] = date.fromordinal(day_number + _EPOCH_ORDINAL).isoformat()
    return text


def _time(second: int) -> str:
    """The text of a second of a day, with the letters around it."""
    minutes, seconds = divmod(second, 60)
    text = _TIMES[second] = f"T{_TWO_DIGITS[minutes // 60]}:{_TWO_DIGITS[minutes % 60]}:{_TWO_DIGITS[seconds]}Z"
    return text


def _numeral(day_number: int) -> int:
    """A day as the number YYYYMMDD."""
    number = _NUMERALS[day_number] = int(date_text(day_number).replace("-", ""))
    return number


def _sunday(year: int, month: int, nth: int) -> int:
    first = date(year, month, 1)
    return (first - _EPOCH).days + (6 - first.weekday()) % 7 + 7 * (nth - 1)


# Second Sunday of March to first Sunday of November (Energy Policy Act of 2005, section 110).
_SUMMER = frozenset(
    day_number for year in range(2007, 2030) for day_number in range(_sunday(year, 3, 2), _sunday(year, 11, 1))
)


def utc_offset_hours(day_number: int) -> int:
    """Hours that Eastern time is behind UTC at noon of a day: 4 in summer, 5 in winter and before 2007."""
    return 4 if day_number in _SUMMER else 5


def local(day_number: int, minute: int) -> int:
    """The instant at which clocks in the hospital show `minute` minutes after midnight of that day."""
    return day_number * DAY + utc_offset_hours(day_number) * 3600 + minute * 60


def weekday(day_number: int) -> int:
    """0 Monday to 6 Sunday."""
    return (day_number + 3) % 7


def age_on(birth_day: int, day_number: int) -> int:
    """Completed years at a day."""
    try:
        return (_NUMERALS[day_number] - _NUMERALS[birth_day]) // 10_000
    except KeyError:
        return (_numeral(day_number) - _numeral(birth_day)) // 10_000
