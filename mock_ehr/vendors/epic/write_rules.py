"""Epic's rules for what may be written, whatever its type. Each check raises WriteRefusedError with Epic's code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_ehr import exact_json
from mock_ehr.search_values import tokens
from mock_ehr.store import Store
from mock_ehr.vendors.epic.includes import references
from mock_ehr.vendors.epic.outcomes import Issue
from synthetic.r4.rules import Problem, problems

RULE_CODES = {"required": 59108, "binding": 59111}
JSON_TYPES = ("application/fhir+json", "application/json")
PATIENT_ELEMENT = {
    "AllergyIntolerance": "patient",
    "Condition": "subject",
    "DiagnosticReport": "subject",
    "DocumentReference": "subject",
    "Observation": "subject",
    "Procedure": "subject",
    "ServiceRequest": "subject",
}
REQUIRED = {
    "AllergyIntolerance": ("code",),
    "Condition": ("category", "code", "verificationStatus"),
    "DiagnosticReport": (),
    "DocumentReference": ("type", "docStatus", "content"),
    "Observation": ("category", "effectiveDateTime", "encounter"),
    "Patient": ("name", "gender", "birthDate"),
    "Procedure": ("code",),
    "ServiceRequest": ("code",),
}


class WriteRefusedError(Exception):
    """A write that is refused with `status` and `issues`."""

    def __init__(self, status: int, *issues: Issue) -> None:
        super().__init__(status, issues)
        self.status = status
        self.issues = issues


def read_json(media: str, body: bytes) -> Any:
    """Return the parsed body.

    Raises WriteRefusedError with 59105 for what is not JSON, and for a name given twice.
    """
    if media not in JSON_TYPES:
        raise WriteRefusedError(415, Issue(59102, f"Content-Type {media!r} is not supported."))
    try:
        return exact_json.loads(body.decode("utf-8"), unique_names=True)
    except ValueError as error:
        raise WriteRefusedError(400, Issue(59105, f"The body is not valid JSON: {error}")) from error


def check_structure(resource_type: str, body: Any) -> dict[str, Any]:
    """Return the body when it is a valid R4 resource of the type, else refuse: 59108, 59111 or 59102."""
    if not isinstance(body, dict) or body.get("resourceType") != resource_type:
        raise WriteRefusedError(400, Issue(59102, f"The body is no {resource_type}.", ("resourceType",)))
    missing = [name for name in REQUIRED[resource_type] if name not in body]
    if missing:
        raise WriteRefusedError(400, *(Issue(59108, f"{name} is missing.", (name,)) for name in missing))
    found = problems(body)
    if found:
        raise WriteRefusedError(400, *(rule_issue(problem) for problem in found[:5]))
    return body


def rule_issue(problem: Problem) -> Issue:
    """Return the issue that says which rule of R4 is broken where."""
    _, _, path = problem.path.partition(".")
    return Issue(RULE_CODES.get(problem.rule, 59102), problem.message, (path,) if path else ())


def subject_of(body: Mapping[str, Any], resource_type: str) -> str:
    """Return the patient id the resource refers to, "" when it refers to none."""
    subject = body.get(PATIENT_ELEMENT.get(resource_type, ""))
    reference = subject.get("reference") if isinstance(subject, dict) else None
    if not isinstance(reference, str) or not reference.startswith("Patient/"):
        return ""
    return reference.removeprefix("Patient/")


def check_patient(body: dict[str, Any], resource_type: str, store: Store) -> str:
    """Return the id of the patient, who has to exist: else 59159 without and 59144 with a reference."""
    element = PATIENT_ELEMENT[resource_type]
    patient = subject_of(body, resource_type)
    if not patient:
        raise WriteRefusedError(400, Issue(59159, "A patient is needed.", (element,)))
    if store.find("Patient", patient) is None:
        raise WriteRefusedError(400, Issue(59144, f"Patient/{patient} was not found.", (f"{element}.reference",)))
    return patient


def check_references(body: Any, patient: str, store: Store) -> None:
    """Refuse references to what the EHR does not have (59144) or what is somebody else's (59159)."""
    for reference in references(body):
        kind, _, last = reference.partition("/")
        record = store.find(kind, last)
        if record is None:
            raise WriteRefusedError(400, Issue(59144, f"{reference} was not found."))
        if record.patient not in ("", patient):
            raise WriteRefusedError(400, Issue(59159, f"{reference} belongs to another patient."))


def check_condition(body: dict[str, Any]) -> None:
    """Refuse a verification status other than provisional: 422/59012."""
    codes = {token.code for token in tokens(body["verificationStatus"])}
    if codes != {"provisional"}:
        raise WriteRefusedError(422, Issue(59012, "verificationStatus has to be provisional.", ("verificationStatus",)))
