"""FHIR data types as HL7 data types, where a clean population has nothing to show."""

from __future__ import annotations

from typing import Any

import pytest

from synthetic.writers.hl7v2_encoding import encoded_field
from synthetic.writers.hl7v2_values import (
    address,
    authority,
    coded,
    person_name,
    telephone,
    timestamp,
    words,
)


@pytest.mark.parametrize(
    ("fhir", "hl7"),
    [
        ("1960", "1960"),
        ("1960-02", "196002"),
        ("1960-02-07", "19600207"),
        ("2026-06-15T18:00:00Z", "20260615140000-0400"),
        ("2026-01-15T23:30:00+05:30", "20260115130000-0500"),
        ("2026-06-15T18:00:07.500Z", "20260615140007.500-0400"),
        ("2026-06-15T18:00:07.123456Z", "20260615140007.1234-0400"),
        ("2016-12-31T23:59:60Z", "20161231190000-0500"),
    ],
)
def test_times(fhir: str, hl7: str) -> None:
    assert timestamp(fhir) == hl7


@pytest.mark.parametrize(
    ("contact", "written"),
    [
        ({"system": "phone", "value": "+1-215-555-0101", "use": "home"}, "^PRN^PH^^1^215^5550101"),
        ({"system": "phone", "value": "+1-215-555-0101", "use": "mobile"}, "^PRN^CP^^1^215^5550101"),
        ({"system": "phone", "value": "+49 30 123", "use": "home"}, "^PRN^PH^^^^^^^^^+49 30 123"),
        ({"system": "email", "value": "a&b@example.org"}, "^NET^Internet^a\\T\\b@example.org"),
        ({"system": "fax", "value": "+49 30 123", "use": "work"}, "^WPN^FX^^^^^^^^^+49 30 123"),
        ({"value": "112"}, "^PRN^PH^^^^^^^^^112"),
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
    ("name", "written"),
    [
        ({"given": ["Sukarno"]}, "^Sukarno^^^^^L"),
        ({"text": "Unknown, about 40"}, "Unknown, about 40^^^^^^L"),
        ({"family": "O|N^e&i~l\\", "given": ["A", None, "B"]}, "O\\F\\N\\S\\e\\T\\i\\R\\l\\E\\^A^B^^^^L"),
        ({"family": "X", "prefix": ["Dr"], "suffix": ["Jr", "MD"]}, "X^^^Jr MD^Dr^^L"),
        ({"family": "X", "period": {"start": "2019", "end": "2020-05"}}, "X^^^^^^L^^^^^2019^202005"),
    ],
)
def test_names(name: dict[str, Any], written: str) -> None:
    assert encoded_field(person_name(name, "L")) == written


@pytest.mark.parametrize(
    ("place", "written"),
    [
        ({"line": ["1 Way", "Apt 2", "Back"], "country": "CA"}, "1 Way^Apt 2 Back^^^^CA^H"),
        ({"text": "12 High\r\nAnytown"}, "12 High\\X0D\\\\X0A\\Anytown^^^^^^H"),
        ({"use": "temp", "city": "Y", "district": "Z"}, "^^Y^^^^C^^Z"),
        ({"use": "home", "type": "postal", "line": ["PO 1"]}, "PO 1^^^^^^M"),
    ],
)
def test_addresses(place: dict[str, Any], written: str) -> None:
    assert encoded_field(address(place)) == written


@pytest.mark.parametrize(
    ("system", "written"),
    [
        ("urn:oid:1.2.3", ("", "1.2.3", "ISO")),
        ("urn:uuid:3f2f9c1e-77aa-4f0e-9b1d-0d6f1a2b3c4d", ("", "3f2f9c1e-77aa-4f0e-9b1d-0d6f1a2b3c4d", "UUID")),
        ("https://numbers.invalid", ("", "https://numbers.invalid", "URI")),
        ("", ("",)),
    ],
)
def test_authorities(system: str, written: tuple[str, ...]) -> None:
    assert authority(system) == written


@pytest.mark.parametrize(
    ("concept", "read"),
    [({"text": "a", "coding": [{"display": "b"}]}, "a"), ({"coding": [{"display": "b", "code": "c"}]}, "b"),
     ({"coding": [{"code": "c"}]}, "c"), ({}, "")],
)  # fmt: skip
def test_words(concept: dict[str, Any], read: str) -> None:
    assert words(concept) == read
