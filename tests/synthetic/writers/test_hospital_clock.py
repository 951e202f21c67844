"""Clocks of the hospital."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from synthetic.writers.hospital_clock import epoch_seconds, hospital_time


@pytest.mark.parametrize(
    ("instant", "shown"),
    [
        ("2026-06-15T18:00:00Z", "2026-06-15T14:00:00-04:00"),
        ("2026-01-01T04:59:59Z", "2025-12-31T23:59:59-05:00"),
        ("2026-03-08T06:59:59Z", "2026-03-08T01:59:59-05:00"),
        ("2026-03-08T07:00:00Z", "2026-03-08T03:00:00-04:00"),  # two o'clock does not exist
        ("2026-11-01T05:30:00Z", "2026-11-01T01:30:00-04:00"),  # half past one exists twice
        ("2026-11-01T06:30:00Z", "2026-11-01T01:30:00-05:00"),
        ("2006-03-20T12:00:00Z", "2006-03-20T07:00:00-05:00"),
        ("2006-04-02T12:00:00+02:00", "2006-04-02T06:00:00-04:00"),
    ],
)
def test_known_moments(instant: str, shown: str) -> None:
    assert hospital_time(epoch_seconds(instant)).isoformat() == shown


def test_agrees_with_the_zone_database() -> None:
    try:
        zone = ZoneInfo("America/New_York")
    except ZoneInfoNotFoundError:
        pytest.skip("no zone database on this machine")
    moment = datetime(1980, 1, 1, tzinfo=UTC)
    while moment.year < 2030:
        ours = hospital_time(int(moment.timestamp()))
        assert ours.isoformat() == moment.astimezone(zone).isoformat()
        moment += timedelta(hours=37, minutes=29)


@pytest.mark.parametrize("text", ["2026-06-15", "2026-06-15T10:00:00", "", "noon"])
def test_refuses_what_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r"zone|Invalid"):
        epoch_seconds(text)
