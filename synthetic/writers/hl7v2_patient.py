"""Segments about the patient and the visit: PID, PD1, NK1, PV1 (HL7 v2.5.1 chapter 3)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from synthetic.meta import US_CORE
from synthetic.patient import MRN_SYSTEM, SSN_SYSTEM
from synthetic.writers.hl7v2_encoding import Element, Field, Null, Segment
from synthetic.writers.hl7v2_values import (
    FACILITY,
    MRN_AUTHORITY,
    SSN_AUTHORITY,
    address,
    clinician,
    coded,
    number_of_authority,
    person_name,
    stamp,
    telephone,
    timestamp,
)
from synthetic.writers.hospital_clock import epoch_seconds
from synthetic.writers.record import Body, Record

_SEXES: Mapping[str, str] = MappingProxyType({"female": "F", "male": "M", "other": "O", "unknown": "U"})
_ETHNICITIES: Mapping[str, str] = MappingProxyType({"2135-2": "H", "2186-5": "N"})  # table 0189
_NAME_KINDS: Mapping[str, str] = MappingProxyType({"official": "L", "usual": "D", "maiden": "M", "old": "BAD"})
# Patient class (table 0004), and patient type for what that table has no word for.
_CLASSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"AMB": ("O", ""), "EMER": ("E", ""), "IMP": ("I", ""), "VR": ("O", "VR")}
)
_OPTIONAL = (10, 11, 13, 15, 16, 19, 22, 29)  # what a snapshot deletes when the chart has none of it


def pid(record: Record, time: int, *, snapshot: bool = False) -> Segment:
    """PID as of an instant: a death is told from then on.

    A snapshot (A08) is everything the hospital holds: what it does not hold is `""`, so the receiver lets go of it.
    Elsewhere such a field is empty, which changes nothing.
    """
    fields = {**_demographics(record.patient), **_death(record, time)}
    if snapshot:
        fields |= {number: Null.DELETE for number in _OPTIONAL if not fields.get(number)}
    return "PID", fields


def _demographics(patient: Body) -> dict[int, Field]:
    return {
        1: "1",
        3: _identifiers(patient),
        5: [person_name(name, _NAME_KINDS.get(name.get("use", ""), "U")) for name in patient.get("name", [])],
        7: timestamp(patient.get("birthDate", "")),
        8: _SEXES.get(patient.get("gender", ""), "U"),
        10: _race(patient),
        11: [address(place) for place in patient.get("address", [])],
        13: [telephone(contact) for contact in patient.get("telecom", [])],
        15: next((coded(entry["language"]) for entry in patient.get("communication", [])), ""),
        16: coded(patient.get("maritalStatus")),
        19: identifier(patient, SSN_SYSTEM),
        22: _ethnicity(patient),
    }


def pd1(record: Record) -> Segment:
    """PD1 with the usual practitioner."""
    return "PD1", {4: clinician(record.practitioner(record.patient.get("generalPractitioner", [])))}


def nk1(record: Record) -> list[Segment]:
    """NK1 for each contact of the patient."""
    return [
        (
            "NK1",
            {
                1: str(number),
                2: person_name(contact["name"], "L") if "name" in contact else "",
                5: [telephone(entry) for entry in contact.get("telecom", [])],
                7: next((coded(role) for role in contact.get("relationship", [])), ""),
            },
        )
        for number, contact in enumerate(record.patient.get("contact", []), 1)
    ]


def pv1(record: Record, visit: Body, time: int) -> Segment:
    """PV1 of an encounter as of an instant: its end is told from then on."""
    patient_class, patient_type = _CLASSES[visit["class"]["code"]]
    period = visit["period"]
    fields: dict[int, Field] = {
        1: "1",
        2: patient_class,
        3: _location(visit),
        7: clinician(record.practitioner(entry.get("individual") for entry in visit.get("participant", []))),
        18: patient_type,
        19: (visit["id"], "", "", (FACILITY,), "VN"),
        44: timestamp(period["start"]),
    }
    if "end" in period and epoch_seconds(period["end"]) <= time:
        home = visit.get("hospitalization", {}).get("dischargeDisposition", {}).get("text") == "Home"
        fields |= {36: "01" if home else "", 45: timestamp(period["end"])}
    return "PV1", fields


def identifier(patient: Body, system: str) -> str:
    """The patient's first number of a system; empty when there is none."""
    return next((entry["value"] for entry in patient.get("identifier", []) if entry.get("system") == system), "")


def _identifiers(patient: Body) -> list[Element]:
    mrn, ssn = identifier(patient, MRN_SYSTEM), identifier(patient, SSN_SYSTEM)
    found = [number_of_authority(mrn, MRN_AUTHORITY, "MR")]
    return [*found, number_of_authority(ssn, SSN_AUTHORITY, "SS")] if ssn else found


def _death(record: Record, time: int) -> dict[int, Field]:
    if record.death is None or record.death > time:
        return {30: "N"}
    return {29: stamp(record.death), 30: "Y"}


def _race(patient: Body) -> list[Element]:
    codings = _categories(patient, "us-core-race")
    return [coded({"coding": [coding]}) for coding in codings]


def _ethnicity(patient: Body) -> Element:
    for coding in _categories(patient, "us-core-ethnicity"):
        short, display = _ETHNICITIES.get(coding["code"], "U"), coding.get("display", "")
        return (short, display, "HL70189", coding["code"], display, "CDCREC")
    return ""


def _categories(patient: Body, name: str) -> list[Body]:
    return [
        part["valueCoding"]
        for extension in patient.get("extension", [])
        if extension["url"] == US_CORE + name
        for part in extension["extension"]
        if part["url"] == "ombCategory"
    ]


def _location(visit: Body) -> Element:
    """PL: facility, description, and the id as comprehensive identifier."""
    for entry in visit.get("location", []):
        place = entry["location"]
        location_id = place.get("reference", "").rpartition("/")[2]
        return ("", "", "", (FACILITY,), "", "", "", "", place.get("display", ""), (location_id, FACILITY))
    return ""
