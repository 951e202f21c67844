"""The structure of resources against R4."""

from decimal import Decimal

import pytest

from reference_gateway.r4.resources import RESOURCES
from reference_gateway.r4.structure import problems


def with_changes(resource, **changes):
    return {name: value for name, value in {**resource, **changes}.items() if value is not None}


def test_samples_are_valid(kit):
    for sample in (kit.patient(), kit.observation("o"), kit.allergy()):
        assert problems(sample, sample["resourceType"]) == []


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"status": None}, "Observation.status: is missing"),
        ({"status": "done"}, "Observation.status: is not a code of its required value set"),
        ({"status": ["final"]}, "Observation.status: is not a code"),
        ({"code": {"coding": {}}}, "Observation.code.coding: is not a list"),
        ({"code": {"coding": []}}, "Observation.code.coding: is not a list with content"),
        ({"code": {"codes": []}}, "Observation.code: has an element"),
        ({"valueQuantity": {"value": "1"}}, "Observation.valueQuantity.value: is not a decimal"),
        ({"valueQuantity": {"value": True}}, "Observation.valueQuantity.value: is not a decimal"),
        ({"valueString": "x"}, "Observation.value: is given twice"),
        ({"valueQuantity": None}, "Observation: has no value or"),
        ({"subject": None}, "Observation: has no subject"),
        ({"effectiveDateTime": "2026-02-30"}, "Observation.effectiveDateTime: is not a dateTime"),
        ({"effectiveDateTime": "2026-06-01T08:00:00"}, "Observation.effectiveDateTime: is not a dateTime"),
        ({"issued": "2026-06-01"}, "Observation.issued: is not a instant"),
        ({"_status": {"value": 1}}, "Observation._status: is not an element with extensions"),
        ({"extension": [{"valueString": "x"}]}, "Observation.extension[0].url: is missing"),
        ({"note": [{"text": " "}]}, "Observation.note[0].text: is not a markdown"),
        ({"resourceType": "Patient"}, "resourceType: is not Observation"),
    ],
)
def test_problems(kit, changes, path):
    found = problems(with_changes(kit.observation("o"), **changes), "Observation")
    assert any(item.startswith(path) for item in found), found


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "cancelled", "valueQuantity": None},
        {"valueQuantity": None, "dataAbsentReason": {"text": "unknown"}},
        {"valueQuantity": {"value": Decimal("1.50"), "comparator": "<"}},
        {"_status": {"extension": [{"url": "http://x", "valueCode": "y"}]}},
        {"status": None, "_status": {"extension": [{"url": "http://x", "valueCode": "y"}]}},
        {"effectiveDateTime": None, "effectivePeriod": {"start": "2026", "end": "2026-06-01T08:00:00.123+02:00"}},
    ],
)
def test_what_r4_allows(kit, changes):
    assert problems(with_changes(kit.observation("o"), **changes), "Observation") == []


def test_every_table_can_be_read():
    for name in RESOURCES:
        assert problems({"resourceType": name}, name)


def test_extensions_may_come_before_their_value(kit):
    extended = {"_status": {"extension": [{"url": "http://x", "valueCode": "y"}]}, **kit.observation("o")}
    assert problems(extended, "Observation") == []


def test_null_is_no_object(kit):
    found = problems({**kit.patient(), "name": [None]}, "Patient")
    assert found == ["Patient.name[0]: is not an object with content"]
