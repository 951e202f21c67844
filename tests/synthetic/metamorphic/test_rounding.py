from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthetic.metamorphic.rounding import decimals, last_place, mean_the_same, respelled
from synthetic.metamorphic.units import BY_LOINC, UNITS, Linear, conversion

GLUCOSE = conversion("mg/dL", "mmol/L", BY_LOINC["2345-7"])
CONVERSIONS = [
    found
    for source in UNITS
    for target in UNITS
    for analyte in (None, BY_LOINC["2345-7"], BY_LOINC["2160-0"], BY_LOINC["4548-4"])
    if source != target and (found := conversion(source, target, analyte)) is not None
]
numbers = st.decimals(min_value=-60, max_value=5000, places=2) | st.integers(0, 3000)


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        (90, "5.0", ""),
        (90, "5.00", ""),
        (90, "4.9957", ""),
        (91, "5.05", ""),
        (91, "5.1", "precision"),
        (91, "5.06", "precision"),
        (91, "5.15", "value"),
        (91, "91", "value"),
    ],
)
def test_glucose(left: int, right: str, kind: str) -> None:
    assert GLUCOSE is not None
    assert mean_the_same(left, Decimal(right), GLUCOSE) == kind
    assert mean_the_same(Decimal(right), left, GLUCOSE.inverse) == kind


@pytest.mark.parametrize(("text", "places"), [("1.50", 2), ("7", 0), ("1.5E+3", -2), ("1E-7", 7)])
def test_decimals(text: str, places: int) -> None:
    assert decimals(Decimal(text)) == places


@settings(deadline=None)
@given(number=numbers, convert=st.sampled_from(CONVERSIONS))
def test_a_respelled_number_means_the_same_both_ways(number: Decimal | int, convert: Linear) -> None:
    other = respelled(number, convert)

    assert mean_the_same(number, other, convert) == ""
    assert mean_the_same(other, number, convert.inverse) == ""


@settings(deadline=None)
@given(number=numbers, convert=st.sampled_from(CONVERSIONS), steps=st.sampled_from([-3, -1, 1, 2]), ours=st.booleans())
def test_a_changed_last_digit_is_found_both_ways(
    number: Decimal | int, convert: Linear, steps: int, ours: bool
) -> None:
    other = respelled(number, convert)
    if ours:
        number = moved(number, steps)
    else:
        other = moved(other, steps)

    assert mean_the_same(number, other, convert) != ""
    assert mean_the_same(other, number, convert.inverse) != ""


def moved(number: Decimal | int, steps: int) -> Decimal:
    exact = Fraction(number) + steps * last_place(number)
    places = decimals(number)
    return Decimal(round(exact * Fraction(10) ** places)).scaleb(-places)


def test_what_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="more than 30 decimals"):
        respelled(1, Linear(Fraction(1, 10**40)))
