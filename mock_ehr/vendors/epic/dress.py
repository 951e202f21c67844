"""The canonical chart in Epic's clothes.

Nothing of the truth changes, only what a gateway has to undo or carry along.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson

from mock_ehr import exact_json
from mock_ehr.store import ChartLike, Record, ResourceLike
from mock_ehr.vendors.epic.flowsheet import CODE_SYSTEM, LAB_CODE_SYSTEM, LOINC, ROWS
from mock_ehr.vendors.epic.quirks import EpicQuirks

EXTENSION = "http://open.epic.com/FHIR/StructureDefinition/extension/"
INTERNAL_SYSTEM = "urn:oid:1.2.840.114350.1.13.0.1.7.2.698084"
INTERNAL_WIDTH = 14
SEX_SYSTEM = "urn:oid:1.2.840.114350.1.13.0.1.7.10.698084.130.657370.19999000"
CLASS_SYSTEM = "urn:oid:1.2.840.114350.1.72.1.7.7.10.696784.13260"
CLASSES = {
    "IMP": ("4", "Hospital Encounter"),
    "AMB": ("5", "Appointment"),
    "VR": ("13", "Support OP Encounter"),
    "EMER": ("3", "Emergency"),
}
SEXES = {"male": "Male", "female": "Female", "other": "Nonbinary", "unknown": "Unknown"}
PRONOUNS = {"male": "he/him/his", "female": "she/her/hers"}


class Dress:
    """Dresses charts as the switches say."""

    def __init__(self, quirks: EpicQuirks) -> None:
        self._quirks = quirks

    def __call__(self, chart: ChartLike) -> Iterator[Record]:
        """Yield the chart's resources as records, the patient first."""
        plain, dressed = self._display(chart)
        for resource in chart.resources:
            data = self._resource(resource).replace(plain, dressed) if plain else self._resource(resource)
            yield Record(resource.type, resource.id, chart.id, data)

    def _display(self, chart: ChartLike) -> tuple[bytes, bytes]:
        """Return how references name the patient in the canonical chart, and how in Epic's."""
        if not self._quirks.reference_displays:
            return b"", b""
        name = official_name(exact_json.loads(chart.resources[0].json))
        start = b'{"reference":"Patient/%s","display":' % chart.id.encode()
        if "text" not in name or "family" not in name or not name.get("given"):
            return b"", b""
        theirs = f"{name['family']}, {' '.join(name['given'])}"
        return start + orjson.dumps(name["text"]), start + orjson.dumps(theirs)

    def _resource(self, resource: ResourceLike) -> bytes:
        if resource.type == "Patient":
            return exact_json.dumps(self._patient(exact_json.loads(resource.json)))
        if resource.type == "Encounter" and self._quirks.encounter_class_oid:
            return exact_json.dumps(encounter(exact_json.loads(resource.json)))
        if resource.type == "Observation" and self._quirks.local_codings:
            return exact_json.dumps(observation(exact_json.loads(resource.json)))
        return resource.json

    def _patient(self, body: dict[str, Any]) -> dict[str, Any]:
        if self._quirks.patient_extensions:
            extensions = [*body.get("extension", ()), *patient_extensions(body.get("gender", "unknown"))]
            body = with_before(body, "extension", extensions, before="identifier")
        if self._quirks.padded_internal_identifier:
            body["identifier"] = [internal_identifier(body["id"]), *body.get("identifier", ())]
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


def official_name(patient: dict[str, Any]) -> dict[str, Any]:
    """Return the patient's official name, else the first one."""
    names: list[dict[str, Any]] = patient.get("name", [])
    return next((name for name in names if name.get("use") == "official"), names[0] if names else {})


def internal_identifier(patient_id: str) -> dict[str, Any]:
    """Return Epic's internal identifier of a patient, padded on the left with spaces."""
    number = int.from_bytes(hashlib.sha256(patient_id.encode()).digest()[:4]) % 10_000_000
    return {
        "use": "usual",
        "type": {"text": "INTERNAL"},
        "system": INTERNAL_SYSTEM,
        "value": f"Z{number}".rjust(INTERNAL_WIDTH),
    }


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


def encounter(body: dict[str, Any]) -> dict[str, Any]:
    """Return an Encounter with Epic's class instead of the v3 ActCode one."""
    code = body.get("class", {}).get("code")
    if code in CLASSES:
        epic_code, display = CLASSES[code]
        body["class"] = {"system": CLASS_SYSTEM, "code": epic_code, "display": display}
    return body


def observation(body: dict[str, Any]) -> dict[str, Any]:
    """Return an Observation with an Epic coding beside its LOINC code."""
    code = body.get("code", {})
    loinc = next((coding["code"] for coding in code.get("coding", ()) if coding.get("system") == LOINC), "")
    if loinc:
        local = {"system": CODE_SYSTEM, "code": ROWS[loinc]} if loinc in ROWS else lab_coding(loinc)
        body["code"] = {**code, "coding": [*code["coding"], local]}
    return body


def lab_coding(loinc: str) -> dict[str, Any]:
    """Return the Epic coding of a laboratory component; the number is made from the LOINC code."""
    return {"system": LAB_CODE_SYSTEM, "code": loinc.replace("-", "")}
