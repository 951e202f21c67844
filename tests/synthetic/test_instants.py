"""Days and instants as text; the hospital's clock against the time zone database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthetic.instants import DAY, NOW, TODAY, age_on, date_text, day, instant_text, local, weekday

DAYS = st.dates(date(1890, 1, 1), date(2029, 12, 31))
SINCE_2007 = st.dates(date(2007, 1, 1), date(2029, 12, 31))


@given(DAYS)
def test_a_day_is_read_back(when: date) -> None:
    assert date_text(day(when.isoformat())) == when.isoformat()
    assert weekday(day(when.isoformat())) == when.weekday()


@given(DAYS, st.integers(0, DAY - 1))
def test_an_instant_reads_like_datetime(when: date, second: int) -> None:
    instant = day(when.isoformat()) * DAY + second
    assert instant_text(instant) == datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


@given(SINCE_2007, st.integers(6 * 60, 22 * 60))
def test_the_hospital_keeps_eastern_time(when: date, minute: int) -> None:
    expected = datetime(when.year, when.month, when.day, minute // 60, minute % 60, tzinfo=ZoneInfo("America/New_York"))
    assert local(day(when.isoformat()), minute) == int(expected.timestamp())


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        ("2000-02-29", "2001-02-28", 0),
        ("2000-02-29", "2001-03-01", 1),
        ("2000-02-29", "2004-02-29", 4),
        ("1960-07-28", "2026-06-15", 65),
        ("2026-06-15", "2026-06-15", 0),
    ],
)
def test_age(born: str, on: str, years: int) -> None:
    assert age_on(day(born), day(on)) == years


def test_now_is_in_the_afternoon_of_today() -> None:
    assert local(TODAY, 14 * 60) == NOW
