"""What of a chart our HL7 v2.5.1 messages carry: ADT, SIU and ORU, segment by segment.

Medication orders (RDE), vaccinations (VXU), documents (MDM), referrals (REF) and consents have messages of their own
in the standard, which are not among ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from synthetic.patient import MRN_SYSTEM
from synthetic.writers.coverage import Coverage
from synthetic.writers.hl7v2_admission import asserted_status
from synthetic.writers.hl7v2_patient import LONGEST_NAMESPACE
from synthetic.writers.hl7v2_scheduling import UNBOOKED
from synthetic.writers.hl7v2_values import LOCAL, coding_system
from synthetic.writers.record import Body, took_place

_CODE = ("code.coding.code", "code.coding.display", "code.coding.system", "code.text")
_OUTCOME = (
    "valueQuantity.value", "valueQuantity._value", "valueQuantity.comparator", "valueQuantity.unit",
    "valueQuantity.system", "valueQuantity.code",
    "valueCodeableConcept.coding", "valueCodeableConcept.text", "valueString", "valueInteger", "valueBoolean",
    "valueRange", "valueRatio", "valueTime", "valueDateTime", "dataAbsentReason",
    "referenceRange.low", "referenceRange.high", "referenceRange.text", *_CODE,
)  # fmt: skip
_ELEMENTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "Patient": frozenset(
            {
                "identifier.system", "identifier.value", "identifier.use", "identifier.type.coding",
                "identifier.period", "identifier.assigner.display", "name.family", "name.given", "name.suffix",
                "name.prefix", "name.use", "name.text", "name.period", "name.extension", "birthDate", "_birthDate",
                "gender", "telecom", "address.line", "address.city", "address.state", "address.postalCode",
                "address.country", "address.district", "address.use", "address.type", "address.period", "address.text",
                "deceasedBoolean", "deceasedDateTime", "maritalStatus.coding", "maritalStatus.text",
                "communication.language", "multipleBirthInteger", "multipleBirthBoolean", "link", "contact.name",
                "contact.telecom", "contact.relationship",
            }
        ),
        "Encounter": frozenset({"id", "class.code", "period", "location", "participant.individual", "subject"}),
        "Condition": frozenset(
            {*_CODE, "id", "recordedDate", "verificationStatus.coding", "subject.reference", "encounter.reference"}
        ),
        "AllergyIntolerance": frozenset(
            {*_CODE, "category", "reaction.manifestation", "reaction.severity", "reaction.substance",
             "patient.reference"}
        ),
        "Observation": frozenset(
            {*_OUTCOME, *(f"component.{name}" for name in _OUTCOME), "status", "effectiveDateTime", "effectiveInstant",
             "effectivePeriod", "issued", "performer.display", "interpretation.coding", "note.text",
             "subject.reference", "encounter.reference"}
        ),
        "DiagnosticReport": frozenset(
            {*_CODE, "id", "status", "effectiveDateTime", "effectivePeriod", "issued", "conclusion", "result",
             "basedOn", "subject.reference", "encounter.reference"}
        ),
        "Appointment": frozenset(
            {"id", "status", "start", "end", "minutesDuration", "created", "description", "comment",
             "patientInstruction", "cancelationReason", "serviceType", "appointmentType", "participant.actor"}
        ),
    }
)  # fmt: skip
_THIRD_CODING = re.compile(r"\.coding\[([2-9]|\d\d+)\]")
_FINER = re.compile(r"T.*\.\d{5}")
_NOT_TOLD = ("replaces", "replaced-by")


def _untold(body: Body, patient: Body) -> str:
    """Why no message tells a resource of a type that messages tell."""
    kind = body["resourceType"]
    if kind == "Patient" and body.get("id") != patient.get("id"):
        merged = any(link["type"] == "replaced-by" for link in body.get("link", []))
        return "" if merged else "a further patient of the chart has no visit, so no message is about it"
    if kind == "Encounter" and not took_place(body):
        return "a visit that did not take place, or nobody knows when, is in no message"
    if kind in ("Condition", "AllergyIntolerance") and not asserted_status(body):
        return "what was ruled out or retracted is in no message"
    if kind == "Appointment" and (body["status"] in UNBOOKED or "start" not in body):
        return "an appointment that is not booked is in no message"
    return ""


def _reservation(path: str, value: Any, body: Body) -> str:
    """Why a value has no place in a field that there is."""
    element = path.rpartition(".")[2]
    if _THIRD_CODING.search(path):
        return "CE has room for two codings"
    checks = (_of_concept(path, element, value, body), _of_name(path, element, value, body))
    return next(filter(None, (_of_time(value), _of_number(value), *checks, _of_record(path, value, body))), "")


def _of_time(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    if _FINER.search(value):
        return "TS has four digits behind the second; the rest is cut off"
    return "TS has no second 60: it is told as the next one" if value[16:19] == ":60" else ""


def _of_number(value: Any) -> str:
    number = getattr(value, "number", value)  # a number in a spelling of its own
    if isinstance(number, Decimal) and int(number.as_tuple().exponent) > 0:
        return "NM has no exponent: written out, the number shows more digits than count"
    return ""


def _of_concept(path: str, element: str, value: Any, body: Body) -> str:
    if (
        element == "system"
        and ".coding" in path
        and "identifier" not in path
        and coding_system({"system": value}) == LOCAL
    ):
        return f"CE names systems of table 0396 only: this one is told as {LOCAL}"
    name = path.rpartition(".")[0].rpartition(".")[2]
    concept = body.get(name) if element == "text" else None
    if isinstance(concept, dict) and concept.get("coding") and name != "dataAbsentReason":
        return "CE has no place for the text beside a code"
    return ""


def _of_name(path: str, element: str, value: Any, body: Body) -> str:
    name = re.search(r"\.name\[(\d+)\]\.(text|use)$", path)
    if name and element == "text":
        parts = body["name"][int(name[1])]
        told = " ".join([*filter(None, parts.get("given", [])), parts.get("family", "")])
        left = set(value.split()) - set(told.split())
        return "XPN has parts of names and no text beside them" if told.strip() and left else ""
    if name and value == "temp":
        return "table 0200 has no code for a temporary name: it is told as U"
    if path.startswith("Patient.address") and element == "text" and body["address"][0].get("line"):
        return "XAD has lines and no text beside them"
    if path.startswith("Patient.name") and ".extension" in path:
        return "" if "iso21090-EN-representation" in str(body["name"]) else "XPN has no place for extensions"
    return ""


def _of_record(path: str, value: Any, body: Body) -> str:
    if path.startswith("Patient._birthDate") and "patient-birthTime" not in str(body["_birthDate"]):
        return "PID-7 is empty, whatever the reason"
    if path.startswith("Patient.link") and not any(link["type"] in _NOT_TOLD for link in body["link"]):
        return "only a merge (A40) tells of other records"
    if path.endswith("assigner.display") and len(value) > LONGEST_NAMESPACE:
        return f"HD has {LONGEST_NAMESPACE} characters for the name of who assigned a number"
    if path == "Observation.status" and value in ("unknown", "amended"):
        return "OBX-11 has no code of its own for it: unknown is told as R, amended as C like corrected"
    if re.match(r"Patient\.identifier\[\d+\]\.use$", path) and value in ("old", "secondary", "temp"):
        known = body["identifier"][int(re.findall(r"\d+", path)[0])].get("system") == MRN_SYSTEM
        return "" if known and value == "old" else "CX has a period and a type, and no use"
    return ""


HL7V2 = Coverage("HL7 v2.5.1", _ELEMENTS, _untold, _reservation)
