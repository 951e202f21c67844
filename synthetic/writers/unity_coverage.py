"""What of a chart Unity's rows carry: patient, appointments, the sections of the clinical summary, and orders."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from synthetic.codes.measurements import BLOOD_PRESSURE
from synthetic.patient import MRN_SYSTEM, SSN_SYSTEM
from synthetic.writers.coverage import Coverage
from synthetic.writers.record import Body

_CODE = ("code.text", "code.coding.code", "code.coding.display")
_QUANTITY = ("value", "unit", "comparator")
_ELEMENTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "Patient": frozenset(
            {
                "identifier.value", "identifier.system", "name.family", "name.given", "name.suffix", "name.text",
                "birthDate", "gender", "telecom.value", "telecom.system", "telecom.use", "address.line",
                "address.city", "address.state", "address.postalCode", "maritalStatus.text",
                "communication.language.text",
            }
        ),
        "Condition": frozenset({*_CODE, "clinicalStatus.coding.code", "verificationStatus.coding.code",
                                "onsetDateTime"}),
        "MedicationRequest": frozenset(
            {"medicationCodeableConcept.text", "medicationCodeableConcept.coding", "medicationReference.reference",
             "contained.code", "status", "authoredOn", "dosageInstruction.text"}
        ),
        "AllergyIntolerance": frozenset({*_CODE, "clinicalStatus.coding.code", "recordedDate",
                                         "verificationStatus.coding.code",
                                         "reaction.manifestation.text"}),
        "Immunization": frozenset({"vaccineCode.text", "vaccineCode.coding", "status", "occurrenceDateTime"}),
        "Observation": frozenset(
            {*_CODE, *(f"valueQuantity.{part}" for part in _QUANTITY), "valueCodeableConcept.text", "valueString",
             "valueInteger", "valueBoolean", "valueRatio", "valueRange", "valueTime", "valueDateTime",
             "interpretation.coding.code", "referenceRange.low.value", "referenceRange.high.value",
             "referenceRange.text", "dataAbsentReason.text", "dataAbsentReason.coding.display", "status",
             "effectiveDateTime", "effectiveInstant", "effectivePeriod.start", "component.valueQuantity.value"}
        ),
        "Appointment": frozenset(
            {"status", "start", "minutesDuration", "comment", "description", "serviceType.text", "participant.actor"}
        ),
        "ServiceRequest": frozenset({*_CODE, "id", "status", "authoredOn", "requester.reference"}),
    }
)  # fmt: skip
_FURTHER = re.compile(r"\.(name|address|dosageInstruction|onsetDateTime)\[[1-9]|\.coding\[[1-9]|participant\[\d\d")


def _untold(body: Body, patient: Body) -> str:
    """Why no row is about a resource."""
    if body["resourceType"] == "Patient" and body.get("id") != patient.get("id"):
        return "rows are about one record of a patient"
    return ""


def _reservation(path: str, value: Any, body: Body) -> str:
    """Why a value has no place in a column that there is."""
    if _FURTHER.search(path):
        return "a row has room for the first one"
    checks = (_of_time(value), _of_patient(path, body), _of_status(path, body), _of_result(path, body))
    return next(filter(None, checks), "")


def _of_time(value: Any) -> str:
    """Columns show minutes of the hospital's clocks; days in sections that have no time."""
    if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\dT", value):
        return ""
    if value[16:19] == ":60" or re.search(r"T..:..:..\.", value):
        return "columns have no seconds"
    return "" if value.endswith(("Z", "+00:00")) else "columns have local time without an offset"


def _of_patient(path: str, body: Body) -> str:
    number = re.match(r"Patient\.identifier\[(\d+)\]", path)
    if number and body["identifier"][int(number[1])].get("system") not in (MRN_SYSTEM, SSN_SYSTEM):
        return "rows have the hospital's number and the social security number only"
    name = re.match(r"Patient\.name\[0\]\.text$", path)
    if name and (body["name"][0].get("given") or body["name"][0].get("family")):
        return "columns have parts of names and no text beside them"
    return ""


def _of_status(path: str, body: Body) -> str:
    if ".verificationStatus" in path and body["resourceType"] == "AllergyIntolerance" and "clinicalStatus" in body:
        return "rows have one status, the clinical one"
    return ""


def _of_result(path: str, body: Body) -> str:
    element = path.partition(".")[2]
    if ".coding" in path and path.endswith("display") and body.get(element.partition(".")[0], {}).get("text"):
        return "a row has the text of a concept or the name of its code"
    if body["resourceType"] != "Observation":
        return ""
    sections = {one.get("code") for entry in body.get("category", []) for one in entry.get("coding", [])}
    if element.startswith("component") and not any(
        one.get("code") == BLOOD_PRESSURE for one in body.get("code", {}).get("coding", [])
    ):
        return "rows have components of a blood pressure only"
    laboratory = "vital-signs" not in sections and "social-history" not in sections
    if not laboratory and element.startswith(("interpretation", "referenceRange", "dataAbsentReason")):
        return "rows of vital signs have a value only"
    return ""


UNITY = Coverage("Unity", _ELEMENTS, _untold, _reservation)
