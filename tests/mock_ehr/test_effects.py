"""What several faults add up to, and how answers are rewritten."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_ehr.effects import compose, dated, rewrite
from mock_ehr.faults import parse_fault
from mock_ehr.message import Answer


def effects(*behaviours: dict[str, Any]) -> Any:
    return compose(parse_fault({"behaviour": raw}, f"f{number}") for number, raw in enumerate(behaviours))


def drift(body: Any, **changes: Any) -> Any:
    behaviour = parse_fault({"behaviour": {"kind": "drift", **changes}}, "f").behaviour
    answer = Answer(200, json.dumps(body).encode(), "application/fhir+json")
    changed = rewrite(behaviour, answer)  # type: ignore[arg-type]
    return None if changed is answer else json.loads(changed.body)


@pytest.mark.parametrize(
    ("behaviours", "processed"),
    [
        ([], True),
        ([{"kind": "delay", "seconds": 1}], True),
        ([{"kind": "drop", "when": "after"}], True),
        ([{"kind": "drop", "when": "amid"}], True),
        ([{"kind": "truncate", "bytes": 1}], True),
        ([{"kind": "corrupt"}], True),
        ([{"kind": "empty"}], True),
        ([{"kind": "drop", "when": "before"}], False),
        ([{"kind": "stall"}], False),
        ([{"kind": "html"}], False),
        ([{"kind": "storm"}], False),
        ([{"kind": "delay", "seconds": 1}, {"kind": "status", "status": 503}], False),
    ],
)
def test_which_faults_keep_a_request_from_being_processed(behaviours: list[dict[str, Any]], processed: bool) -> None:
    assert effects(*behaviours).processed is processed


def test_delays_add_up_and_the_first_of_a_kind_holds() -> None:
    made = effects(
        {"kind": "delay", "seconds": 1},
        {"kind": "status", "status": 503},
        {"kind": "delay", "seconds": 2},
        {"kind": "status", "status": 500},
        {"kind": "stall"},
        {"kind": "drop"},
    )
    assert made.delay_s == 3
    assert (made.instead.id, made.connection.id) == ("f1", "f4")


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
    entries = [
        {"resource": {"resourceType": "Patient", "a": 1}, "search": {"mode": "match"}},
        {"resource": {"resourceType": "OperationOutcome", "a": 1}, "search": {"mode": "outcome"}},
    ]
    changed = drift({"resourceType": "Bundle", "entry": entries}, remove=["a"])
    assert ["a" in entry["resource"] for entry in changed["entry"]] == [False, True]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]"])
def test_drift_needs_a_resource(body: bytes) -> None:
    behaviour = parse_fault({"behaviour": {"kind": "drift", "remove": ["a"]}}, "f").behaviour
    answer = Answer(200, body)
    assert rewrite(behaviour, answer) is answer  # type: ignore[arg-type]


def test_drift_keeps_the_digits_of_other_numbers() -> None:
    behaviour = parse_fault({"behaviour": {"kind": "drift", "remove": ["a"]}}, "f").behaviour
    changed = rewrite(behaviour, Answer(200, b'{"resourceType":"X","a":1,"v":1.50}'))  # type: ignore[arg-type]
    assert changed.body == b'{"resourceType":"X","v":1.50}'


def test_dates_round_up() -> None:
    assert dated("date:+2", 0.4) == "Thu, 01 Jan 1970 00:00:03 GMT"
    assert dated("date:-1.5", 2.0) == "Thu, 01 Jan 1970 00:00:01 GMT"
    assert dated("2", 0.4) == "2"
