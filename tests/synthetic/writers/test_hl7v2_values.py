"""FHIR data types as HL7 data types, where a clean population has nothing to show."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from synthetic.writers.hl7v2_encoding import encoded_field
from synthetic.writers.hl7v2_values import (
    address,
    coded,
    limits,
    measured,
    number,
    person_name,
    telephone,
    timestamp,
    unit,
)


@pytest.mark.parametrize(
    ("fhir", "hl7"),
    [
        ("1960", "1960"),
        ("1960-02", "196002"),
        ("1960-02-07", "19600207"),
        ("2026-06-15T18:00:00Z", "20260615140000-0400"),
        ("2026-01-15T23:30:00+05:30", "20260115130000-0500"),
    ],
)
def test_times(fhir: str, hl7: str) -> None:
    assert timestamp(fhir) == hl7


@pytest.mark.parametrize(
    ("value", "digits"), [(Decimal("1.50"), "1.50"), (7, "7"), (Decimal("1E+3"), "1000"), (Decimal("0.001"), "0.001")]
)
def test_numbers_keep_their_digits(value: Decimal | int, digits: str) -> None:
    assert number(value) == digits


@pytest.mark.parametrize(
    ("contact", "written"),
    [
        ({"system": "phone", "value": "+1-215-555-0101", "use": "home"}, "^PRN^PH^^1^215^5550101"),
        ({"system": "phone", "value": "+1-215-555-0101", "use": "mobile"}, "^PRN^CP^^1^215^5550101"),
        ({"system": "phone", "value": "+49 30 123", "use": "home"}, "^PRN^PH^^^^^^^^^+49 30 123"),
        ({"system": "email", "value": "a&b@example.org"}, "^NET^Internet^a\\T\\b@example.org"),
    ],
)
def test_telephones(contact: dict[str, str], written: str) -> None:
    assert encoded_field(telephone(contact)) == written


@pytest.mark.parametrize(
    ("concept", "written"),
    [
        (None, ""),
        ({"text": "only words"}, "^only words"),
        ({"coding": [{"system": "http://loinc.org", "code": "1-8", "display": "x"}]}, "1-8^x^LN"),
        ({"coding": [{"system": "http://nobody.invalid", "code": "7"}, {"code": "8"}]}, "7^^L^8^^L"),
    ],
)
def test_codes(concept: dict[str, Any] | None, written: str) -> None:
    assert encoded_field(coded(concept)) == written


@pytest.mark.parametrize(
    ("outcome", "kind", "written"),
    [
        ({"valueQuantity": {"value": Decimal("0.01"), "comparator": "<"}}, "SN", "<^0.01"),
        ({"valueQuantity": {"value": 5}}, "NM", "5"),
        ({"valueString": "a|b"}, "ST", "a\\F\\b"),
        ({}, "", ""),
    ],
)
def test_values(outcome: dict[str, Any], kind: str, written: str) -> None:
    found, field = measured(outcome)
    assert (found, encoded_field(field)) == (kind, written)


def test_a_value_without_a_place_is_an_error() -> None:
    with pytest.raises(ValueError, match="valueSampledData has no place"):
        measured({"valueSampledData": {}})


def test_names_and_addresses_of_other_shapes() -> None:
    assert encoded_field(person_name({"given": ["Sukarno"]}, "L")) == "^Sukarno^^^^^L"
    assert encoded_field(address({"line": ["1 Way", "Apt 2", "Back"], "country": "CA"})) == "1 Way^Apt 2 Back^^^^CA^H"
    assert encoded_field(unit({"unit": "drops"})) == "^drops"
    assert limits({}) == ""
