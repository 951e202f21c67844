"""Is this answer right, and about the right patient? A pure judgement, made of every answer under load.

Owner of a resource: `Patient.id`, else the Patient references in `subject`, `patient` and `participant.actor`
(FHIR R4, compartment definition of Patient). One foreign patient anywhere in the answer makes it a
wrong-patient answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

_PATIENT_REFERENCE = re.compile(r"(?:^|/)Patient/([A-Za-z0-9.\-]{1,64})(?:/_history/[^/]+)?$")


@dataclass(frozen=True, slots=True)
class Expected:
    """What an answer must be: a read of `resource_id`, or (that being empty) a search with enough matches."""

    resource_type: str
    resource_id: str
    patient: str
    at_least: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with an answer, in words without patient data; `problem` is empty when it is right."""

    problem: str = ""
    wrong_patient: bool = False


RIGHT = Finding()
WRONG_PATIENT = Finding("another patient's data", wrong_patient=True)


def judge_answer(status: int, body: bytes, expected: Expected) -> Finding:
    """Judge one complete HTTP answer; a foreign patient's data in an error counts, too."""
    try:
        parsed: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        if status != 200:
            return Finding(f"HTTP {status}")
        return Finding("empty body" if not body else "body is not JSON")
    if not isinstance(parsed, dict):
        return Finding("body is not a JSON object" if status == 200 else f"HTTP {status}")
    if any(owner != expected.patient for owner in owners(parsed)):
        return WRONG_PATIENT
    if status != 200:
        return Finding(f"HTTP {status}")
    return _judge_read(parsed, expected) if expected.resource_id else _judge_search(parsed, expected)


def owners(resource: Any) -> Iterator[str]:
    """Yield the id of every patient `resource` is about; of a Bundle: of every resource in it."""
    if not isinstance(resource, dict):
        return
    kind = resource.get("resourceType")
    if kind == "Bundle":
        for entry in _dicts(resource.get("entry")):
            yield from owners(entry.get("resource"))
        return
    if kind == "Patient":
        if isinstance(resource.get("id"), str):
            yield resource["id"]
        return
    actors = [participant.get("actor") for participant in _dicts(resource.get("participant"))]
    for reference in (resource.get("subject"), resource.get("patient"), *actors):
        owner = _patient_in(reference)
        if owner:
            yield owner


def _patient_in(reference: Any) -> str:
    text = reference.get("reference") if isinstance(reference, dict) else None
    match = _PATIENT_REFERENCE.search(text) if isinstance(text, str) else None
    return match[1] if match else ""


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _judge_read(resource: dict[str, Any], expected: Expected) -> Finding:
    if resource.get("resourceType") != expected.resource_type:
        return Finding(f"{_type_of(resource)} instead of {expected.resource_type}")
    if resource.get("id") != expected.resource_id:
        return Finding("another resource than the one asked for")
    return RIGHT if any(owners(resource)) else Finding("the resource names no patient")


def _judge_search(bundle: dict[str, Any], expected: Expected) -> Finding:
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "searchset":
        return Finding(f"{_type_of(bundle)} instead of a searchset Bundle")
    matches = 0
    for entry in _dicts(bundle.get("entry")):
        resource = entry.get("resource")
        if not isinstance(resource, dict):
            return Finding("an entry without a resource")
        if resource.get("resourceType") != expected.resource_type:
            continue  # an OperationOutcome, or something included; a foreign patient in it was found before
        if not any(owners(resource)):
            return Finding("a match names no patient")
        matches += 1
    if matches < expected.at_least:
        return Finding(f"{matches} matches, the record holds at least {expected.at_least}")
    return RIGHT


def _type_of(resource: dict[str, Any]) -> str:
    """Return a resource's type for a message; what does not look like a type name is not repeated."""
    kind = resource.get("resourceType")
    return kind if isinstance(kind, str) and kind.isalpha() and len(kind) <= 64 else "something else"
