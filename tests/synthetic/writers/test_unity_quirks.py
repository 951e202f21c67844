"""Unity's habits, one by one."""

from __future__ import annotations

import pytest

from synthetic.writers.unity_dates import Layout
from synthetic.writers.unity_quirks import TIDY, Quirks


@pytest.mark.parametrize(
    ("quirks", "text", "written"),
    [
        (Quirks(), "2026-06-15T18:00:00Z", "6/15/2026 2:00:00 PM"),
        (Quirks(local_times=False), "2026-06-15T18:00:00Z", "6/15/2026 6:00:00 PM UTC"),
        (Quirks(mixed_layouts=False), "2026-06-15T18:00:00Z", "2026-06-15T14:00:00"),
        (TIDY, "2026-06-15T18:00:00Z", "2026-06-15T18:00:00Z"),
        (Quirks(), "1960-02-07", "2/7/1960 12:00:00 AM"),
        (TIDY, "1960-02-07", "1960-02-07"),
        (Quirks(), "1960-02", "Feb-1960"),
        (TIDY, "1960", "1960"),
        (Quirks(), "", ""),
    ],
)
def test_times(quirks: Quirks, text: str, written: str) -> None:
    assert quirks.time(text, Layout.SERVER) == written


def test_an_hour_that_exists_twice_reads_the_same() -> None:
    first, second = "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"
    assert Quirks().time(first, Layout.MOMENT) == Quirks().time(second, Layout.MOMENT) == "01-Nov-2026 1:30 am"


@pytest.mark.parametrize(
    ("quirks", "row"),
    [
        (Quirks(), {"Email": "Declined", "suffix": " ", "City": "X"}),
        (Quirks(placeholders=False), {"Email": " ", "suffix": " ", "City": "X"}),
        (Quirks(single_space_blanks=False), {"Email": "Declined", "suffix": "", "City": "X"}),
        (TIDY, {"Email": "", "suffix": "", "City": "X"}),
    ],
)
def test_what_is_empty(quirks: Quirks, row: dict[str, str]) -> None:
    assert quirks.finished({"Email": "", "suffix": "", "City": "X"}) == row


@pytest.mark.parametrize(("quirks", "code"), [(Quirks(), "001       "), (TIDY, "001")])
def test_codes(quirks: Quirks, code: str) -> None:
    assert quirks.code("001") == code
