"""What Epic puts on a Patient: identifiers of its own and extensions (vendors.md 1.8: S, E1), with invented values."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from mock_ehr.vendors.epic.quirks import EpicQuirks

EXTENSION = "http://open.epic.com/FHIR/StructureDefinition/extension/"
INTERNAL_SYSTEM = "urn:oid:1.2.840.114350.1.13.0.1.7.2.698084"
INTERNAL_WIDTH = 14
SEX_SYSTEM = "urn:oid:1.2.840.114350.1.13.0.1.7.10.698084.130.657370.19999000"
SEXES = {"male": "Male", "female": "Female", "other": "Nonbinary", "unknown": "Unknown"}
PRONOUNS = {"male": "he/him/his", "female": "she/her/hers"}
# Further identifiers by their type.text: system, and width to which the value is padded on the left.
SYSTEMS = {
    "CEID": ("urn:oid:1.2.840.114350.1.13.0.1.7.3.688884.100", 0),
    "EPI": ("urn:oid:1.2.840.114350.1.13.0.1.7.5.737384.14", 0),
    "EXTERNAL": ("urn:oid:1.2.840.114350.1.13.0.1.7.2.698084", 0),
    "FHIR": ("http://open.epic.com/FHIR/StructureDefinition/patient-dstu2-fhir-id", 0),
    "FHIR STU3": ("http://open.epic.com/FHIR/StructureDefinition/patient-fhir-id", 0),
    "MYCHARTLOGIN": ("urn:oid:1.2.840.114350.1.13.0.1.7.3.878082.110", 0),
    "WPRINTERNAL": ("urn:oid:1.2.840.114350.1.13.0.1.7.2.878082", INTERNAL_WIDTH),
}


def dressed_patient(body: dict[str, Any], quirks: EpicQuirks) -> dict[str, Any]:
    """Return a Patient with what the switches put on it."""
    if quirks.patient_extensions:
        gender = body.get("gender")
        extensions = [*body.get("extension", ()), *patient_extensions(gender if isinstance(gender, str) else "unknown")]
        body = with_before(body, "extension", extensions, before="identifier")
    if quirks.padded_internal_identifier or quirks.more_identifiers:
        body["identifier"] = [*added_identifiers(body["id"], quirks), *body.get("identifier", ())]
    return body


def with_before(body: dict[str, Any], name: str, value: Any, *, before: str) -> dict[str, Any]:
    """Return `body` with `name` set, in its place when it is there, else before the property `before`."""
    if name in body or before not in body:
        return {**body, name: value}
    made: dict[str, Any] = {}
    for key, known in body.items():
        if key == before:
            made[name] = value
        made[key] = known
    return made


def added_identifiers(patient_id: str, quirks: EpicQuirks) -> Iterator[dict[str, Any]]:
    """Yield the identifiers that the switches name, first the internal one."""
    if quirks.padded_internal_identifier:
        yield internal_identifier(patient_id)
    for kind in quirks.more_identifiers:
        system, width = SYSTEMS[kind]
        value = patient_id if kind == "FHIR STU3" else f"{kind[0]}{number_of(patient_id, kind)}"
        yield {"type": {"text": kind}, "system": system, "value": value.rjust(width)}


def internal_identifier(patient_id: str) -> dict[str, Any]:
    """Return Epic's internal identifier of a patient, padded on the left with spaces."""
    value = f"Z{number_of(patient_id)}".rjust(INTERNAL_WIDTH)
    return {"use": "usual", "type": {"text": "INTERNAL"}, "system": INTERNAL_SYSTEM, "value": value}


def number_of(patient_id: str, kind: str = "") -> int:
    """Return a number of up to seven digits that belongs to a patient."""
    return int.from_bytes(hashlib.sha256(f"{kind}{patient_id}".encode()).digest()[:4]) % 10_000_000


def patient_extensions(gender: str) -> list[dict[str, Any]]:
    """Return Epic's own extensions of a Patient."""
    sex = SEXES.get(gender, "Unknown")
    concept = {"coding": [{"system": SEX_SYSTEM, "code": gender, "display": sex}], "text": sex}
    return [
        {"url": EXTENSION + "legal-sex", "valueCodeableConcept": concept},
        {"url": EXTENSION + "sex-for-clinical-use", "valueCodeableConcept": concept},
        {
            "url": EXTENSION + "calculated-pronouns-to-use-for-text",
            "valueCodeableConcept": {"text": PRONOUNS.get(gender, "they/them/theirs")},
        },
    ]
