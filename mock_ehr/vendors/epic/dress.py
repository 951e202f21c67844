"""The canonical chart in Epic's clothes (vendors.md 1.8: S, E1).

Nothing of the truth changes, only what a gateway has to undo or carry along. Bytes that are not the minified JSON of
one resource go through as they are, whatever they are: what can be put on is put on at the level of bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson

from mock_ehr import exact_json
from mock_ehr.legible import is_canonical, legible
from mock_ehr.store import ChartLike, Record, ResourceLike
from mock_ehr.vendors.epic.flowsheet import CODE_SYSTEM, LAB_CODE_SYSTEM, LOINC, ROWS
from mock_ehr.vendors.epic.patient_dress import dressed_patient
from mock_ehr.vendors.epic.quirks import EpicQuirks

CLASS_SYSTEM = "urn:oid:1.2.840.114350.1.72.1.7.7.10.696784.13260"
CLASSES = {
    "IMP": ("4", "Hospital Encounter"),
    "AMB": ("5", "Appointment"),
    "VR": ("13", "Support OP Encounter"),
    "EMER": ("3", "Emergency"),
}
CLASS = re.compile(
    rb'(?<="class":)\{"system":"http://terminology\.hl7\.org/CodeSystem/v3-ActCode",'
    rb'"code":"(IMP|AMB|VR|EMER)"(?:,"display":"[^"\\]*")?\}'
)
EPIC_CLASS = {
    code.encode(): orjson.dumps({"system": CLASS_SYSTEM, "code": epic_code, "display": display})
    for code, (epic_code, display) in CLASSES.items()
}


class Dress:
    """Dresses charts as the switches say."""

    def __init__(self, quirks: EpicQuirks) -> None:
        self._quirks = quirks

    def __call__(self, chart: ChartLike) -> Iterator[Record]:
        """Yield the chart's resources as records, the patient first."""
        head = chart.resources[0]
        patient = legible(head.json) or {}
        plain, dressed = self._display(chart.id, patient)
        yield Record(head.type, head.id, chart.id, self._patient(head, patient))
        for resource in chart.resources[1:]:
            data = self._resource(resource)
            yield Record(resource.type, resource.id, chart.id, data.replace(plain, dressed) if plain else data)

    def _display(self, patient_id: str, patient: dict[str, Any]) -> tuple[bytes, bytes]:
        """Return how references name the patient in the canonical chart, and how in Epic's."""
        text, theirs = display_names(patient) if self._quirks.reference_displays else ("", "")
        if not theirs:
            return b"", b""
        start = b'{"reference":"Patient/%s","display":' % patient_id.encode()
        return start + orjson.dumps(text), start + orjson.dumps(theirs)

    def _patient(self, head: ResourceLike, body: dict[str, Any]) -> bytes:
        if not is_canonical(head.json, body) or not is_regular(body):
            return head.json
        return exact_json.dumps(dressed_patient(body, self._quirks))

    def _resource(self, resource: ResourceLike) -> bytes:
        if resource.type == "Encounter" and self._quirks.encounter_class_oid:
            return CLASS.sub(lambda found: EPIC_CLASS[found[1]], resource.json, count=1)
        if resource.type == "Observation" and self._quirks.local_codings:
            return observation(resource.json)
        return resource.json


def is_regular(patient: dict[str, Any]) -> bool:
    """Return whether a Patient has lists where the dress adds to them."""
    return all(isinstance(patient.get(name, []), list) for name in ("extension", "identifier")) and "id" in patient


def display_names(patient: dict[str, Any]) -> tuple[str, str]:
    """Return the patient's name as the canonical chart displays it, and as Epic does; "" for one without parts."""
    listed = patient.get("name")
    names = [name for name in listed if isinstance(name, dict)] if isinstance(listed, list) else []
    name = next((name for name in names if name.get("use") == "official"), names[0] if names else {})
    family, given, text = name.get("family"), name.get("given"), name.get("text")
    parts = given if isinstance(given, list) else []
    if not parts or not all(isinstance(part, str) and is_text(part) for part in (family, text, *parts)):
        return "", ""
    return str(text), f"{family}, {' '.join(parts)}"


def is_text(part: str) -> bool:
    """Return whether a text can be written: half of a surrogate pair cannot."""
    return not any("\ud800" <= char <= "\udfff" for char in part)


def observation(data: bytes) -> bytes:
    """Return an Observation with an Epic coding beside its LOINC code; one that is not canonical as it is."""
    body = legible(data)
    if body is None or not is_canonical(data, body):
        return data
    code = body.get("code")
    codings = code.get("coding") if isinstance(code, dict) else None
    listed = [coding for coding in codings if isinstance(coding, dict)] if isinstance(codings, list) else []
    loinc = next((coding.get("code") for coding in listed if coding.get("system") == LOINC), None)
    if not isinstance(loinc, str) or not isinstance(code, dict):
        return data
    local = {"system": CODE_SYSTEM, "code": ROWS[loinc]} if loinc in ROWS else lab_coding(loinc)
    return exact_json.dumps({**body, "code": {**code, "coding": [*listed, local]}})


def lab_coding(loinc: str) -> dict[str, Any]:
    """Return the Epic coding of a laboratory component; the number is made from the LOINC code."""
    return {"system": LAB_CODE_SYSTEM, "code": loinc.replace("-", "")}
