"""Is this answer right, and about the right patient? A pure judgement, made of every answer under load.

Owner of a resource: `Patient.id`, else the Patient references in `subject`, `patient` and `participant.actor`
(FHIR R4, compartment definition of Patient). One foreign patient anywhere in the answer makes it a
wrong-patient answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import orjson

_PATIENT_REFERENCE = re.compile(r"(?:^|/)Patient/([A-Za-z0-9.\-]{1,64})(?:/_history/[^/]+)?$")

_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Expected:
    """What an answer must be: a read of `resource_id`, or (that being empty) a search with enough matches."""

    resource_type: str
    resource_id: str
    patient: str
    at_least: int
    statuses: tuple[int, ...] = (200,)  # that are right; an answer of another status than 200 needs no content
    creates: bool = False


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
        parsed = None
    if isinstance(parsed, dict):
        return _judge_content(status, parsed, expected)
    if status not in expected.statuses:
        return Finding(_refusal(status))
    if status != 200 or expected.creates:
        return RIGHT
    return Finding("the body is no JSON object" if body else "empty body")


def _refusal(status: int) -> str:
    """Name a status that is no answer; a FHIR server has no reason to send consumers elsewhere."""
    return f"HTTP {status}: a redirect, which is not followed" if status in _REDIRECTS else f"HTTP {status}"


def _judge_content(status: int, parsed: dict[str, Any], expected: Expected) -> Finding:
    matches = nameless = 0
    for resource in resources_in(parsed):
        owners = owners_of(resource)
        if any(owner != expected.patient for owner in owners):
            return WRONG_PATIENT
        if resource.get("resourceType") == expected.resource_type:
            matches += 1
            nameless += not owners
    if status not in expected.statuses:
        return Finding(_refusal(status))
    if status != 200 or expected.creates:
        return RIGHT
    problem = _form_problem(parsed, expected)
    if not problem and nameless:
        problem = "a resource names no patient"
    if not problem and not expected.resource_id and matches < expected.at_least:
        problem = f"{matches} matches, the record holds at least {expected.at_least}"
    return Finding(problem) if problem else RIGHT


def resources_in(parsed: dict[str, Any]) -> list[dict[str, Any]]:
    """Return `parsed` itself or, of a Bundle, the resources in it, Bundles in it included."""
    if parsed.get("resourceType") != "Bundle":
        return [parsed]
    found: list[dict[str, Any]] = []
    for entry in _dicts(parsed.get("entry")):
        resource = entry.get("resource")
        if isinstance(resource, dict):
            found += resources_in(resource)
    return found


def owners_of(resource: dict[str, Any]) -> list[str]:
    """Return the ids of the patients that `resource` (not a Bundle) is about."""
    if resource.get("resourceType") == "Patient":
        return [resource["id"]] if isinstance(resource.get("id"), str) else []
    references = [resource.get("subject"), resource.get("patient")]
    if "participant" in resource:
        references += [participant.get("actor") for participant in _dicts(resource["participant"])]
    return [owner for reference in references if reference and (owner := _patient_in(reference))]


def _patient_in(reference: Any) -> str:
    text = reference.get("reference") if isinstance(reference, dict) else None
    match = _PATIENT_REFERENCE.search(text) if isinstance(text, str) else None
    return match[1] if match else ""


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _form_problem(parsed: dict[str, Any], expected: Expected) -> str:
    """Return what is wrong with the outer form of a 200 answer; empty when nothing is."""
    kind = parsed.get("resourceType")
    if not expected.resource_id:
        if kind == "Bundle" and parsed.get("type") == "searchset":
            return ""
        return f"{_type_name(kind)} instead of a searchset Bundle"
    if kind != expected.resource_type:
        return f"{_type_name(kind)} instead of {expected.resource_type}"
    return "" if parsed.get("id") == expected.resource_id else "another resource than the one asked for"


def _type_name(kind: Any) -> str:
    """Return a resource type for a message; what does not look like one is not repeated."""
    return kind if isinstance(kind, str) and kind.isalpha() and len(kind) <= 64 else "something else"
