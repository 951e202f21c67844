"""Values of Observations as OBX fields."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from synthetic.writers.hl7v2_encoding import encoded_field
from synthetic.writers.hl7v2_outcomes import WITHOUT_PLACE, limits, measured, number, unit


@pytest.mark.parametrize(
    ("value", "digits"), [(Decimal("1.50"), "1.50"), (7, "7"), (Decimal("1E+3"), "1000"), (Decimal("0.001"), "0.001")]
)
def test_numbers_keep_their_digits(value: Decimal | int, digits: str) -> None:
    assert number(value) == digits


@pytest.mark.parametrize(
    ("outcome", "kind", "written"),
    [
        ({"valueQuantity": {"value": Decimal("0.01"), "comparator": "<"}}, "SN", "<^0.01"),
        ({"valueQuantity": {"value": 5}}, "NM", "5"),
        ({"valueQuantity": {"unit": "mg/dL"}}, "", ""),
        ({"valueString": "a|b"}, "ST", "a\\F\\b"),
        ({"valueString": "a\nb"}, "ST", "a\\X0A\\b"),
        ({"valueInteger": 3}, "NM", "3"),
        ({"valueBoolean": True}, "CE", "Y^Yes^HL70136"),
        ({"valueRange": {"low": {"value": 70}, "high": {"value": 99}}}, "SN", "^70^-^99"),
        ({"valueRange": {"high": {"value": 99}}}, "SN", "<=^99"),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}, "SN", "^1^:^128"),
        ({"valueTime": "07:30:00"}, "TM", "073000"),
        ({"valueDateTime": "2026-06"}, "TS", "202606"),
        ({}, "", ""),
    ],
)
def test_values(outcome: dict[str, Any], kind: str, written: str) -> None:
    found, field = measured(outcome)
    assert (found, encoded_field(field)) == (kind, written)


@pytest.mark.parametrize("name", WITHOUT_PLACE)
def test_a_value_without_a_place_is_left_out(name: str) -> None:
    assert measured({name: {"start": "2026"}}) == ("", "")


@pytest.mark.parametrize(
    ("reference", "written"),
    [
        ({"low": {"value": Decimal("3.5")}, "high": {"value": 5}}, "3.5-5"),
        ({"low": {"value": 60}}, ">=60"),
        ({"high": {"value": 199}, "text": "desirable"}, "<=199"),
        ({"text": "see table"}, "see table"),
    ],
)
def test_reference_ranges(reference: dict[str, Any], written: str) -> None:
    assert limits({"referenceRange": [reference]}) == written
    assert limits({}) == ""


def test_units() -> None:
    assert encoded_field(unit({"valueQuantity": {"unit": "drops"}})) == "^drops"
    assert encoded_field(unit({"valueQuantity": {"value": 4}})) == ""
    assert encoded_field(unit({"valueRange": {"low": {"code": "kg", "unit": "kg"}}})) == "kg^kg^L"
    assert unit({}) == ""
