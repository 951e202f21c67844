"""Layouts of Unity."""

from __future__ import annotations

from datetime import datetime

import pytest

from synthetic.writers.unity_dates import Layout, laid_out, partial_day


@pytest.mark.parametrize(
    ("moment", "layout", "written"),
    [
        ("1950-05-01T00:00:00", Layout.DAY, "01-May-1950"),
        ("2015-07-06T09:00:00", Layout.MOMENT, "06-Jul-2015 9:00 am"),
        ("2015-07-06T12:05:00", Layout.MOMENT, "06-Jul-2015 12:05 pm"),
        ("2015-07-06T00:05:00", Layout.LOUD_MOMENT, "06-Jul-2015 12:05 AM"),
        ("2015-07-06T09:00:00", Layout.SERVER, "7/6/2015 9:00:00 AM"),
        ("1950-05-01T00:00:00", Layout.SERVER, "5/1/1950 12:00:00 AM"),
        ("2015-12-31T23:59:58", Layout.SERVER, "12/31/2015 11:59:58 PM"),
        ("2015-07-06T00:00:00", Layout.SLASHED, "07/06/2015"),
        ("2015-07-06T00:00:00", Layout.PARAMETER, "2015/07/06"),
    ],
)
def test_layouts(moment: str, layout: Layout, written: str) -> None:
    assert laid_out(datetime.fromisoformat(moment), layout) == written


@pytest.mark.parametrize(("text", "written"), [("1950", "1950"), ("1950-05", "May-1950")])
def test_partial_days(text: str, written: str) -> None:
    assert partial_day(text) == written
