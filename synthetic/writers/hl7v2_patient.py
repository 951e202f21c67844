"""Segments about the patient and the visit: PID, PD1, NK1, PV1 (HL7 v2.5.1 chapter 3)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from synthetic.meta import US_CORE
from synthetic.patient import MRN_SYSTEM, OLD_MRN_SYSTEM, SSN_SYSTEM
from synthetic.writers.hl7v2_encoding import Element, Field, Null, Segment
from synthetic.writers.hl7v2_values import (
    FACILITY,
    MRN_AUTHORITY,
    SSN_AUTHORITY,
    address,
    authority,
    clinician,
    coded,
    date_only,
    person_name,
    telephone,
    timestamp,
)
from synthetic.writers.hospital_clock import latest
from synthetic.writers.record import Body, Record

_SEXES: Mapping[str, str] = MappingProxyType({"female": "F", "male": "M", "other": "O", "unknown": "U"})
_ETHNICITIES: Mapping[str, str] = MappingProxyType({"2135-2": "H", "2186-5": "N"})  # table 0189
_NAME_KINDS: Mapping[str, str] = MappingProxyType(  # table 0200, which knows nothing of use temp
    {"official": "L", "usual": "D", "maiden": "M", "old": "A", "nickname": "N", "anonymous": "S"}
)
# Patient class (table 0004), and patient type for what that table has no word for.
_CLASSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "AMB": ("O", ""),
        "EMER": ("E", ""),
        "IMP": ("I", ""),
        "ACUTE": ("I", "ACUTE"),
        "NONAC": ("I", "NONAC"),
        "PRENC": ("P", ""),
        "VR": ("O", "VR"),
    }
)
LONGEST_NAMESPACE = 20  # characters of HD.1
_IDENTIFIER_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
_BIRTH_TIME = "http://hl7.org/fhir/StructureDefinition/patient-birthTime"
_OPTIONAL = (10, 11, 13, 15, 16, 19, 22, 29)  # what a snapshot deletes when the chart has none of it


def pid(record: Record, time: int, *, snapshot: bool = False, patient: Body | None = None) -> Segment:
    """PID as of an instant: a death is told from then on. `patient` is another record of the chart than its own.

    A snapshot (A08) is everything the hospital holds: what it does not hold is `""`, so the receiver lets go of it.
    Elsewhere such a field is empty, which changes nothing.
    """
    fields = {**_demographics(patient or record.patient), **_death(record, time)}
    if snapshot:
        fields |= {number: Null.DELETE for number in _OPTIONAL if not fields.get(number)}
    return "PID", fields


def _demographics(patient: Body) -> dict[int, Field]:
    return {
        1: "1",
        3: _identifiers(patient),
        5: [person_name(name, _NAME_KINDS.get(name.get("use", ""), "U")) for name in patient.get("name", [])],
        7: timestamp(_birth(patient)),
        8: _SEXES.get(patient.get("gender", ""), "U"),
        10: _race(patient),
        11: [address(place) for place in patient.get("address", [])],
        13: [telephone(contact) for contact in patient.get("telecom", [])],
        15: next((coded(entry["language"]) for entry in patient.get("communication", [])), ""),
        16: coded(patient.get("maritalStatus")),
        19: identifier(patient, SSN_SYSTEM),
        22: _ethnicity(patient),
        **_multiple_birth(patient),
    }


def _birth(patient: Body) -> str:
    """The time of birth where an extension tells it, otherwise the date as far as it is known."""
    for extension in patient.get("_birthDate", {}).get("extension", []):
        if extension["url"] == _BIRTH_TIME:
            return str(extension.get("valueDateTime", ""))
    return str(patient.get("birthDate", ""))


def _multiple_birth(patient: Body) -> dict[int, Field]:
    if "multipleBirthInteger" in patient:
        return {24: "Y", 25: str(patient["multipleBirthInteger"])}
    return {24: "Y" if patient["multipleBirthBoolean"] else "N"} if "multipleBirthBoolean" in patient else {}


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
    code = visit["class"].get("code", "")
    patient_class, patient_type = _CLASSES.get(code, ("U", code))
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
    if "end" in period and latest(period["end"]) <= time:
        home = visit.get("hospitalization", {}).get("dischargeDisposition", {}).get("text") == "Home"
        fields |= {36: "01" if home else "", 45: timestamp(period["end"])}
    return "PV1", fields


def identifier(patient: Body, system: str) -> str:
    """The patient's first number of a system; empty when there is none."""
    numbers = [entry for entry in patient.get("identifier", []) if entry.get("system") == system]
    return next((entry["value"] for entry in numbers if "value" in entry), "")


def identifier_field(entry: Body) -> Element:
    """CX of an identifier: who assigned it, its type (table 0203), and from when to when it was in use."""
    system = entry.get("system", "")
    assigned, kind = _KNOWN_NUMBERS.get(system, (authority(system), ""))
    codings = entry.get("type", {}).get("coding", [])
    kind = kind or next((one.get("code", "") for one in codings if one.get("system") == _IDENTIFIER_TYPES), "")
    giver = entry.get("assigner", {}).get("display", "")
    place = (giver,) if len(giver) <= LONGEST_NAMESPACE else ("",)
    period = entry.get("period", {})
    return (entry["value"], "", "", assigned, kind, place, *(date_only(period.get(end, "")) for end in _ENDS))


def _identifiers(patient: Body) -> list[Element]:
    """All numbers but those of a former record, which a merge tells; medical record and social security number first.

    A record without any is known by the id it has in FHIR.
    """
    numbers = [one for one in patient.get("identifier", []) if "value" in one and one.get("system") != OLD_MRN_SYSTEM]
    order = {system: place for place, system in enumerate(_KNOWN_NUMBERS)}
    numbers.sort(key=lambda entry: order.get(entry.get("system", ""), len(order)))
    return [identifier_field(entry) for entry in numbers] or [(patient.get("id", ""), "", "", (FACILITY,), "PI")]


_ENDS = ("start", "end")
_KNOWN_NUMBERS: Mapping[str, tuple[tuple[str, ...], str]] = MappingProxyType(
    {MRN_SYSTEM: (MRN_AUTHORITY, "MR"), SSN_SYSTEM: (SSN_AUTHORITY, "SS")}
)


def _death(record: Record, time: int) -> dict[int, Field]:
    if record.death is None or record.death > time:
        return {30: "N"}
    return {29: timestamp(record.patient.get("deceasedDateTime", "")), 30: "Y"}


def _race(patient: Body) -> list[Element]:
    codings = _categories(patient, "us-core-race")
    return [coded({"coding": [coding]}) for coding in codings]


def _ethnicity(patient: Body) -> Element:
    for coding in _categories(patient, "us-core-ethnicity"):
        code, display = coding.get("code", ""), coding.get("display", "")
        return (_ETHNICITIES.get(code, "U"), display, "HL70189", code, display, "CDCREC")
    return ""


def _categories(patient: Body, name: str) -> list[Body]:
    return [
        part["valueCoding"]
        for extension in patient.get("extension", [])
        if extension["url"] == US_CORE + name
        for part in extension.get("extension", [])
        if part["url"] == "ombCategory" and "valueCoding" in part
    ]


def _location(visit: Body) -> Element:
    """PL: facility, description, and the id as comprehensive identifier."""
    for entry in visit.get("location", []):
        place: Body = entry["location"]
        location_id = place.get("reference", "").rpartition("/")[2]
        return ("", "", "", (FACILITY,), "", "", "", "", place.get("display", ""), (location_id, FACILITY))
    return ""
