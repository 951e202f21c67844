"""Date searches, value by value (http://hl7.org/fhir/R4/search.html#date)."""

import pytest

from reference_gateway import search_dates

JUNE = {"start": "2026-06-01T00:00:00Z", "end": "2026-06-30T23:59:59Z"}
OPEN = {"start": "2026-06-01"}


@pytest.mark.parametrize(
    ("asked", "found", "fits"),
    [
        ("2026-06-01", "2026-06-01T08:00:00Z", True),
        ("2026-06-01", "2026-06-01", True),
        ("2026-06-01", "2026-06", False),
        ("2026-06", "2026-06-15", True),
        ("ne2026-06", "2026-07-01", True),
        ("ge2026-06-01", "2026-06-01T00:00:00Z", True),
        ("ge2026-06-01", "2026-05-31T23:59:59.999Z", False),
        ("gt2026-06-01", "2026-06-01T08:00:00Z", False),
        ("gt2026-06-01", "2026-06-02", True),
        ("lt2026-06-01", "2026-05-31", True),
        ("lt2026-06-01", "2026-06-01", False),
        ("le2026-06-01", "2026-06-01T23:59:59Z", True),
        ("le2026-06-01", "2026-06-02T00:00:00Z", False),
        ("sa2026-06-01", "2026-06-02", True),
        ("eb2026-06-01", "2026-05-31", True),
        ("2026-06-01T10:00:00+02:00", "2026-06-01T08:00:00Z", True),
        ("2026-06-01T08:00", "2026-06-01T08:00:30Z", True),
        ("2026", JUNE, True),
        ("2026-06-15", JUNE, False),
        ("ge2026-06-15", JUNE, True),
        ("ge2030", OPEN, True),
        ("lt2026-06-01", OPEN, False),
        ("2026", OPEN, False),
        ("2026", None, False),
    ],
)
def test_matches(asked, found, fits):
    assert search_dates.matches(asked, found) == fits


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13", "2026-02-30", "26-01-01", "2026-06-01T25:00"])
def test_what_is_no_date(text):
    with pytest.raises(ValueError, match=r"FHIR date|day|month|hour"):
        search_dates.span(text)
