"""Shape, units and codes that drifted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.mock_ehr.behaviours.bodies import answer_of, bundle, rewritten

LOINC = "http://loinc.org"


def drift(body: Any, **changes: Any) -> Any:
    changed = rewritten(body, {"kind": "drift", **changes})
    return changed and json.loads(changed.body)


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        ({"rename": {"a": "b"}}, {"b": 1, "c": {"d": [{"e": 1}, {"e": 2}]}}),
        ({"rename": {"c.d.e": "f"}}, {"a": 1, "c": {"d": [{"f": 1}, {"f": 2}]}}),
        ({"remove": ["c.d"]}, {"a": 1, "c": {}}),
        ({"remove": ["c.d.e"]}, {"a": 1, "c": {"d": [{}, {}]}}),
        ({"set": {"a": "one"}}, {"a": "one", "c": {"d": [{"e": 1}, {"e": 2}]}}),
        ({"set": {"c.new": None}}, {"a": 1, "c": {"d": [{"e": 1}, {"e": 2}], "new": None}}),
        ({"rename": {"Patient.a": "b"}}, {"b": 1, "c": {"d": [{"e": 1}, {"e": 2}]}}),
        ({"rename": {"Observation.a": "b"}}, None),
        ({"remove": ["none", "a.b.c"]}, None),
    ],
)
def test_drift(changes: dict[str, Any], result: Any) -> None:
    body = {"resourceType": "Patient", "a": 1, "c": {"d": [{"e": 1}, {"e": 2}]}}
    assert drift(body, **changes) == (result and {"resourceType": "Patient", **result})


def test_drift_leaves_outcome_entries_alone() -> None:
    changed = drift(bundle({"resourceType": "Patient", "a": 1}, outcome=True), set={"a": 2})
    assert ["a" in entry["resource"] for entry in changed["entry"]] == [True, False]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"{"])
def test_drift_needs_a_resource(body: bytes) -> None:
    assert rewritten(body, {"kind": "drift", "remove": ["a"]}) is None


def test_drift_keeps_the_digits_of_other_numbers() -> None:
    changed = rewritten(b'{"resourceType":"X","a":1,"v":1.50}', {"kind": "drift", "remove": ["a"]})
    assert changed is not None
    assert changed.body == b'{"resourceType":"X","v":1.50}'


def weight(value: str, code: str = "kg") -> bytes:
    quantity = f'{{"value":{value},"unit":"{code}","code":"{code}"}}'
    return f'{{"resourceType":"Observation","component":[{{"valueQuantity":{quantity}}}]}}'.encode()


@pytest.mark.parametrize(
    ("changes", "quantity"),
    [
        ({"factor": 2.20462, "unit": "lb"}, '{"value":165.3,"unit":"lb","code":"[lb_av]"}'),
        ({"factor": 2.20462, "decimals": 3}, '{"value":165.346,"unit":"[lb_av]","code":"[lb_av]"}'),
        ({}, '{"value":75.0,"unit":"[lb_av]","code":"[lb_av]"}'),
    ],
    ids=["converted", "more digits", "only the label"],
)
def test_units_drift(changes: dict[str, Any], quantity: str) -> None:
    changed = rewritten(weight("75.0"), {"kind": "unit-drift", "from": "kg", "to": "[lb_av]", **changes})
    assert changed is not None
    assert quantity in changed.body.decode()


def test_other_units_stay() -> None:
    assert rewritten(weight("75.0", "g"), {"kind": "unit-drift", "from": "kg", "to": "[lb_av]"}) is None


CODED = {
    "resourceType": "Observation",
    "code": {"coding": [{"system": LOINC, "code": "8867-4"}, {"system": "urn:local", "code": "HR"}]},
}


@pytest.mark.parametrize(
    ("changes", "codings"),
    [
        ({"map": {"8867-4": "0000-0"}}, [{"system": LOINC, "code": "0000-0"}, {"system": "urn:local", "code": "HR"}]),
        (
            {"system": LOINC, "to_system": "urn:oid:2.16.840.1.113883.6.1"},
            [{"system": "urn:oid:2.16.840.1.113883.6.1", "code": "8867-4"}, {"system": "urn:local", "code": "HR"}],
        ),
        ({"system": LOINC}, [{"code": "8867-4"}, {"system": "urn:local", "code": "HR"}]),
        ({"system": "urn:none"}, None),
        ({"map": {"1": "2"}}, None),
    ],
)
def test_codes_drift(changes: dict[str, Any], codings: Any) -> None:
    changed = rewritten(CODED, {"kind": "code-drift", **changes})
    assert (changed and json.loads(changed.body)["code"]["coding"]) == codings


def test_codes_drift_in_every_match_of_a_bundle() -> None:
    changed = rewritten(bundle(CODED, CODED, outcome=True), {"kind": "code-drift", "system": LOINC})
    assert changed is not None
    assert changed.body.count(LOINC.encode()) == 0
    assert answer_of(CODED).body.count(LOINC.encode()) == 1
