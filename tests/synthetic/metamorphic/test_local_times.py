from __future__ import annotations

import pytest

from synthetic.metamorphic.local_times import shown, shown_day, unity_time


@pytest.mark.parametrize(
    ("fhir", "local"),
    [
        ("2026-06-15T18:00:59.5Z", "2026-06-15T14:00"),
        ("2026-01-14T02:45:00Z", "2026-01-13T21:45"),
        ("2026-11-01T05:30:00Z", "2026-11-01T01:30"),
        ("2026-11-01T06:30:00Z", "2026-11-01T01:30"),  # the hour that comes twice
        ("2026-06-15", "2026-06-15"),
        ("1960", "1960"),
        ("", ""),
    ],
)
def test_fhir(fhir: str, local: str) -> None:
    assert shown(fhir) == local
    assert shown_day(fhir) == local[:10]


@pytest.mark.parametrize(
    ("unity", "local"),
    [
        ("01-May-1950", "1950-05-01"),
        ("06-Mar-2025 4:18 pm", "2025-03-06T16:18"),
        ("06-Mar-2025 12:18 AM", "2025-03-06T00:18"),
        ("06-Mar-2025 12:18 PM", "2025-03-06T12:18"),
        ("3/6/2025 4:00:00 PM", "2025-03-06T16:00"),
        ("03/06/2025", "2025-03-06"),
        ("May-1950", "1950-05"),
        ("1950", "1950"),
        ("2025-03-06T16:18:00", "2025-03-06T16:18"),
        ("2025-03-06T21:18:00Z", "2025-03-06T16:18"),
        ("06-Mar-2025 9:18 pm UTC", "2025-03-06T16:18"),
    ],
)
def test_unity(unity: str, local: str) -> None:
    assert unity_time(unity) == local


@pytest.mark.parametrize("text", ["soon", "6.3.2025", "", "2025-03-06 16:00", "25-03-06"])
def test_what_is_no_layout(text: str) -> None:
    with pytest.raises(ValueError, match="none of Unity's layouts"):
        unity_time(text)
