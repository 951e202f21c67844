from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from synthetic.metamorphic.judge import same_meaning
from synthetic.metamorphic.reading import Reading

UCUM = "http://unitsofmeasure.org"
DRUG = {"resourceType": "Medication", "id": "m1", "meta": {"source": "urn:x"}, "code": {"text": "amlodipine 5 mg"}}
READING = Reading(
    bases=("https://ehr.test/R4",), find=lambda kind, at: DRUG if (kind, at) == ("Medication", "m1") else None
)


def quantity(value: Any, code: str, unit: str = "") -> dict[str, Any]:
    return {"value": value, "unit": unit or code, "system": UCUM, "code": code}


def glucose(value: Any, code: str = "mg/dL", loinc: str = "2345-7", **further: Any) -> dict[str, Any]:
    concept = {"coding": [{"system": "http://loinc.org", "code": loinc, "display": "x"}], "text": loinc}
    return {"resourceType": "Observation", "code": concept, "valueQuantity": quantity(value, code)} | further


def kinds(left: Any, right: Any, reading: Reading = READING) -> list[tuple[str, str]]:
    return [(difference.path, difference.kind) for difference in same_meaning(left, right, reading)]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (glucose(90), glucose(Decimal("5.00"), "mmol/L", "14749-6")),
        (glucose(90), glucose(Decimal("0.90"), "g/L")),
        ({"valueQuantity": quantity(70, "kg")}, {"valueQuantity": quantity(70, "kg", "kilogram")}),
        ({"a": {"reference": "Patient/1", "display": "A"}}, {"a": {"reference": "https://ehr.test/R4/Patient/1"}}),
        ({"coding": [{"code": "a"}, {"code": "b"}]}, {"coding": [{"code": "b"}, {"code": "a"}]}),
        ({"code": {"coding": [{"code": "a"}], "text": "A"}}, {"code": {"coding": [{"code": "a"}], "text": "B"}}),
        ({"start": "2026-01-14T02:45:00Z"}, {"start": "2026-01-13T21:45:00.0-05:00"}),
        ({"meta": {"versionId": "1", "tag": []}}, {"meta": {"lastUpdated": "2026-01-14T02:45:00Z", "tag": []}}),
        ({"text": {"status": "generated", "div": "<div/>"}, "a": 1}, {"a": 1}),
        (
            {"drug": {"reference": "#d"}, "contained": [DRUG | {"id": "d"}]},
            {"drug": {"reference": "Medication/m1"}},
        ),
        ({"a": {"reference": "#"}, "b": 1}, {"b": 1, "a": {"reference": "#"}}),
    ],
)
def test_the_same(left: Any, right: Any) -> None:
    assert kinds(left, right) == []
    assert kinds(right, left) == []


@pytest.mark.parametrize(
    ("left", "right", "found"),
    [
        (glucose(90), glucose(91), [("valueQuantity.value", "value")]),
        (glucose(90), glucose(90, "mmol/L"), [("valueQuantity.value", "value")]),
        (glucose(90), glucose(90, "kg"), [("valueQuantity.code", "unit")]),
        (glucose(90), glucose(90, loinc="2160-0"), [("code.coding[0].code", "value")]),
        (glucose(Decimal("1.50")), glucose(Decimal("1.5")), [("valueQuantity.value", "precision")]),
        (
            {"valueQuantity": quantity(1, "kg") | {"comparator": "<"}},
            {"valueQuantity": quantity(1, "kg")},
            [("valueQuantity.comparator", "value")],
        ),
        ({"n": 1}, {"n": Decimal("1.0")}, [("n", "precision")]),
        ({"n": 1}, {"n": True}, [("n", "value")]),
        ({"n": 1}, {"n": "1"}, [("n", "value")]),
        ({"birthDate": "1984"}, {"birthDate": "1984-01-01"}, [("birthDate", "value")]),
        ({"start": "2026-01-14T02:45:00Z"}, {"start": "2026-01-14T02:45:00-05:00"}, [("start", "instant")]),
        (
            {"valueString": "2026-01-14T02:45:00Z"},
            {"valueString": "2026-01-13T21:45:00-05:00"},
            [("valueString", "value")],
        ),
        ({"a": {"reference": "Patient/1"}}, {"a": {"reference": "Patient/2"}}, [("a.reference", "reference")]),
        ({"a": {"reference": "Patient/1"}}, {"a": {"display": "A"}}, [("a.reference", "reference")]),
        (
            {"a": {"reference": "https://x.test/Patient/1"}},
            {"a": {"reference": "Patient/1"}},
            [("a.reference", "reference")],
        ),
        ({"drug": {"reference": "#d"}}, {"drug": {"reference": "Medication/m1"}}, [("drug.reference", "reference")]),
        (
            {"drug": {"reference": "#d"}, "contained": [DRUG | {"id": "d", "code": {"text": "other"}}]},
            {"drug": {"reference": "Medication/m1"}},
            [("drug.resolve().code.text", "value")],
        ),
        ({"code": {"text": "A"}}, {"code": {"text": "B"}}, [("code.text", "value")]),
        ({"given": ["A", "B"]}, {"given": ["B", "A"]}, [("given[0]", "value"), ("given[1]", "value")]),
        ({"coding": [{"code": "a"}]}, {"coding": [{"code": "a"}, {"code": "b"}]}, [("coding[0]", "extra")]),
        (
            {"identifier": [{"value": "1"}, {"value": "2"}]},
            {"identifier": [{"value": "2"}]},
            [("identifier[0]", "missing")],
        ),
        ({"status": "final"}, {}, [("status", "missing")]),
        ({}, {"doNotPerform": True}, [("doNotPerform", "extra")]),
        ({"text": {"status": "additional", "div": "<div/>"}}, {}, [("text", "missing")]),
        ({"a": [1]}, {"a": {"b": 1}}, [("a", "value")]),
    ],
)
def test_not_the_same(left: Any, right: Any, found: list[tuple[str, str]]) -> None:
    assert kinds(left, right) == found
    assert len(kinds(right, left)) == len(found)


def test_contained_resources_in_a_circle() -> None:
    def circle(name: str) -> dict[str, Any]:
        first = {"resourceType": "Location", "id": "a", "name": name, "partOf": {"reference": "#b"}}
        return {
            "at": {"reference": "#a"},
            "contained": [first, {"resourceType": "Location", "id": "b", "partOf": {"reference": "#a"}}],
        }

    assert kinds(circle("x"), circle("x")) == []
    assert kinds(circle("x"), circle("y")) == [("at.resolve().name", "value")]


def test_what_is_compared_stays_as_it_is() -> None:
    one: dict[str, Any] = {"meta": {"versionId": "1"}, "coding": [{"code": "a", "system": "s", "display": "A"}]}
    before = deepcopy(one)
    same_meaning(one, one, READING)

    assert one == before
