"""Figures as the page shows them."""

import pytest

from reports import html


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567, "1,234,567"),
        (0.5, "0.5"),
        (1500.0, "1,500"),
        (float("nan"), "-"),
        (float("inf"), "-"),
        (None, "-"),
    ],
)
def test_number(value, text):
    assert html.number(value) == text
