"""Epic's rules for what may be created, by type. Each check raises WriteRefusedError with Epic's code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mock_ehr.search_values import elements, moment_range, tokens
from mock_ehr.store import Record, Store
from mock_ehr.vendors.epic.flowsheet import LOINC, ROWS
from mock_ehr.vendors.epic.outcomes import Issue
from synthetic.r4.rules import Problem, problems

RULE_CODES = {"required": 59108, "binding": 59111}
PATIENT_ELEMENT = {"AllergyIntolerance": "patient", "Condition": "subject", "Observation": "subject"}
REQUIRED = {
    "AllergyIntolerance": ("code",),
    "Condition": ("category", "code", "verificationStatus"),
    "Observation": ("category", "effectiveDateTime", "encounter"),
}


class WriteRefusedError(Exception):
    """A create that is refused with `status` and `issues`."""

    def __init__(self, status: int, *issues: Issue) -> None:
        super().__init__(status, issues)
        self.status = status
        self.issues = issues


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
        if record.patient != patient:
            raise WriteRefusedError(400, Issue(59159, f"{reference} belongs to another patient."))


def references(value: Any) -> Iterator[str]:
    """Yield every relative literal reference below `value`."""
    if isinstance(value, dict):
        target = value.get("reference")
        if isinstance(target, str) and "/" in target and ":" not in target:
            yield target
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def check_condition(body: dict[str, Any], _patient: str, _store: Store, _repeats: bool) -> None:
    """Refuse a verification status other than provisional: 422/59012."""
    codes = {token.code for token in tokens(body["verificationStatus"])}
    if codes != {"provisional"}:
        raise WriteRefusedError(422, Issue(59012, "verificationStatus has to be provisional.", ("verificationStatus",)))


def check_allergy(_body: dict[str, Any], _patient: str, _store: Store, _repeats: bool) -> None:
    """Allergies have no further rules here."""


def check_observation(body: dict[str, Any], patient: str, store: Store, repeats_refused: bool) -> None:
    """Refuse what is no vital sign, is not mapped, has no value, no open encounter, or is there already."""
    if "vital-signs" not in {token.code for value in elements(body, "category") for token in tokens(value)}:
        raise WriteRefusedError(400, Issue(59111, "Only vital signs can be filed.", ("category",)))
    codes = {token.code for token in tokens(body["code"]) if token.system == LOINC}
    if not codes & ROWS.keys():
        raise WriteRefusedError(
            400, Issue(59188, f"No flowsheet row for {sorted(codes) or 'no LOINC code'}.", ("code",))
        )
    if not any(name.startswith("value") for name in body) and "component" not in body:
        raise WriteRefusedError(400, Issue(59108, "value is missing.", ("value",)))
    if len(body["effectiveDateTime"]) <= 10:
        raise WriteRefusedError(400, Issue(59111, "The reading needs a time of day.", ("effectiveDateTime",)))
    check_encounter(body, store)
    if repeats_refused and is_repeated(body, codes, patient, store):
        issue = Issue(59189, "This reading is there already.", ("code", "effectiveDateTime"))
        raise WriteRefusedError(400, issue)


def check_encounter(body: dict[str, Any], store: Store) -> None:
    """Refuse an encounter that is not open: 59187."""
    reference = body["encounter"].get("reference", "")
    kind, _, last = reference.partition("/")
    encounter = store.find(kind, last) if kind == "Encounter" else None
    if encounter is None:
        raise WriteRefusedError(400, Issue(59108, "encounter has no reference.", ("encounter.reference",)))
    if encounter.body().get("status") not in ("in-progress", "arrived", "triaged"):
        raise WriteRefusedError(400, Issue(59187, "The encounter is not open.", ("encounter",)))


def is_repeated(body: dict[str, Any], codes: set[str], patient: str, store: Store) -> bool:
    """Return whether the patient has a reading of one of `codes` at the same instant."""
    return any(
        same_instant(record, body["effectiveDateTime"]) and codes & loinc_codes(record)
        for record in store.of_patient(patient, "Observation")
    )


def same_instant(record: Record, text: str) -> bool:
    """Return whether the record is of the instant `text`."""
    known = record.body().get("effectiveDateTime")
    return isinstance(known, str) and moment_range(known) == moment_range(text)


def loinc_codes(record: Record) -> set[str]:
    """Return the LOINC codes of an Observation."""
    return {token.code for token in tokens(record.body()["code"]) if token.system == LOINC}


CHECKS: Mapping[str, Callable[[dict[str, Any], str, Store, bool], None]] = {
    "AllergyIntolerance": check_allergy,
    "Condition": check_condition,
    "Observation": check_observation,
}
