"""Only a certain contradiction between two dates of unlike precision or zone counts."""

import pytest

from synthetic.r4.times import surely_after


@pytest.mark.parametrize(
    ("first", "second", "after"),
    [
        ("2026-01-02", "2026-01-01", True),
        ("2026-01-01", "2026-01-02", False),
        ("2026-01-01", "2026-01-01", False),
        ("2026", "2026-06-01", False),
        ("2026-07", "2026-06-30", True),
        ("2024-02-29", "2024-02", False),
        ("2026-01-01T10:00:00Z", "2026-01-01T09:59:59Z", True),
        ("2026-01-01T10:00:00+01:00", "2026-01-01T09:30:00Z", False),
        ("2026-01-01T10:00:00-05:00", "2026-01-01T14:59:59Z", True),
        ("2026-01-02T02:00:00Z", "2026-01-01", False),
        ("2026-01-03T02:00:00Z", "2026-01-01", True),
        ("2026-12-31T23:59:60Z", "2026-12-31T23:59:59.5Z", False),
        ("9999-12-31T23:59:59-12:00", "9999", False),
        ("0001-01-01T00:00:00+12:00", "0001", False),
    ],
)
def test_order(first, second, after):
    assert surely_after(first, second) is after


def test_what_is_no_date_is_an_error():
    with pytest.raises(ValueError, match="not a FHIR dateTime: 'some day'"):
        surely_after("some day", "2026")
