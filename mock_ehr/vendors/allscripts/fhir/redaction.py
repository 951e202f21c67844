"""Redaction: what a client may not see comes back without its content and with status 200 (V1).

That it happens is documented, its form was found nowhere. Here a redacted resource says REDACTED in meta.security
(v3-ObservationValue), keeps who it is about and its status, and masks what R4 requires (data-absent-reason masked).
"""

from __future__ import annotations

from typing import Any

from mock_ehr import exact_json
from mock_ehr.record import Record
from mock_ehr.vendors.allscripts.site import Site

HIDING = ("break-the-glass", "restricted")
LABEL = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "REDACTED",
    "display": "redacted",
}
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
MASKED = {"extension": [{"url": ABSENT, "valueCode": "masked"}]}
KEPT = (
    "status",
    "intent",
    "clinicalStatus",
    "verificationStatus",
    "subject",
    "patient",
    "beneficiary",
    "encounter",
    "docStatus",
    "class",
    "lifecycleStatus",
    "contentType",
    "securityContext",
    "target",
    "recorded",
)
REQUIRED: dict[str, dict[str, Any]] = {
    "AllergyIntolerance": {"code": MASKED},
    "Condition": {"code": MASKED},
    "Coverage": {"payor": [{"display": "REDACTED"}]},
    "DiagnosticReport": {"code": MASKED},
    "DocumentReference": {"content": [{"attachment": MASKED}]},
    "Immunization": {"vaccineCode": MASKED, "occurrenceString": "REDACTED"},
    "MedicationRequest": {"medicationCodeableConcept": MASKED},
    "Observation": {"code": MASKED, "dataAbsentReason": {"coding": [
        {"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "masked"}
    ]}},
    "Procedure": {"code": MASKED},
    "Provenance": {"agent": [{"who": {"display": "REDACTED"}}]},
    "ServiceRequest": {"code": MASKED},
}  # fmt: skip


def is_hidden(record: Record, site: Site) -> bool:
    """Return whether the record belongs to a patient whom the control API protected."""
    return site.state.protected.get(record.patient) in HIDING


def shown(record: Record, site: Site) -> bytes:
    """Return a record as the client gets it."""
    return redacted(record) if is_hidden(record, site) else record.json


def nameless(value: Any) -> Any:
    """Return a value without the display of a reference, which would name the patient."""
    if isinstance(value, dict) and "reference" in value:
        return {"reference": value["reference"]}
    return value


def redacted(record: Record) -> bytes:
    """Return the JSON of a record without its content."""
    body = record.body()
    meta = body.get("meta", {})
    made: dict[str, Any] = {"resourceType": record.type, "id": record.id}
    made["meta"] = {**meta, "security": [*meta.get("security", []), LABEL]}
    made |= {name: nameless(body[name]) for name in KEPT if name in body}
    made |= REQUIRED.get(record.type, {})
    if "category" in body and record.type in ("Observation", "Condition", "CarePlan"):
        made["category"] = body["category"]
    return exact_json.dumps(made)
