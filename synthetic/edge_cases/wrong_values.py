"""Values that R4 does not allow: dates that are none, codes outside required value sets, wrong JSON types."""

from __future__ import annotations

from typing import Any

from synthetic.edge_cases.case import Case, Changes, Edit, Scene, Target, edited, invalid
from synthetic.edge_cases.paths import Json
from synthetic.edge_cases.targets import (
    allergy,
    any_of,
    appointment,
    condition,
    glucose,
    order,
    patient,
    potassium,
    visit,
    weight,
)

# A gateway sees these from an app (NEG-02) and from an EHR (CON-15), and delivers them never (CON-04).
_REQUIREMENTS = "NEG-02 CON-15 CON-04"


def wrong(name: str, where: str, rule: str, sentence: str, target: Target, edit: Edit) -> Case:
    """A case of one wrong value."""
    return invalid(name, where, rule, _REQUIREMENTS, sentence, edited(target, edit))


def us_date(body: Json, _scene: Scene) -> Changes:
    """The birthday as Americans write it."""
    year, month, day = body["birthDate"].split("-")
    return {"birthDate": f"{month}/{day}/{year}"}


def epoch(_body: Json, _scene: Scene) -> Changes:
    """An instant as milliseconds since 1970."""
    return {"effectiveDateTime": 1781524800000}


def cut(name: str, length: int) -> Edit:
    """An element cut to a length."""

    def changes(body: Json, _scene: Scene) -> Changes:
        value: Any = body[name]
        return {name: value[:length]}

    return changes


CASES: tuple[Case, ...] = (
    wrong(
        "day-not-on-calendar",
        "Patient.birthDate",
        "format",
        "1987 had no 29 February",
        patient,
        {"birthDate": "1987-02-29"},
    ),
    wrong(
        "date-in-us-order",
        "Patient.birthDate",
        "format",
        "The date is written MM/DD/YYYY",
        patient,
        us_date,
    ),
    wrong(
        "date-without-hyphens",
        "Patient.birthDate",
        "format",
        "The date is written YYYYMMDD, as in HL7 v2",
        patient,
        lambda body, _scene: {"birthDate": body["birthDate"].replace("-", "")},
    ),
    wrong(
        "time-without-zone",
        "Observation.effectiveDateTime",
        "format",
        "A time has no offset, so it is no instant",
        weight,
        cut("effectiveDateTime", 19),
    ),
    wrong(
        "time-without-seconds",
        "Encounter.period.start",
        "format",
        "A time has no seconds",
        visit,
        {"period.start": "2026-06-15T10:30Z"},
    ),
    wrong(
        "hour-24", "Appointment.start", "format", "There is no hour 24", appointment, {"start": "2026-06-30T24:00:00Z"}
    ),
    wrong(
        "offset-plus-15",
        "Observation.effectiveDateTime",
        "format",
        "No place on earth is 15 hours ahead",
        glucose,
        {"effectiveDateTime": "2026-06-15T10:30:00+15:00"},
    ),
    wrong(
        "time-as-number",
        "Observation.effectiveDateTime",
        "type",
        "The time is a number of milliseconds",
        glucose,
        epoch,
    ),
    wrong(
        "instant-as-date",
        "Observation.issued",
        "format",
        "An instant is given as a date",
        potassium,
        cut("issued", 10),
    ),
    wrong(
        "gender-woman",
        "Patient.gender",
        "binding",
        "The gender is not one of the four codes",
        patient,
        {"gender": "woman"},
    ),
    wrong(
        "gender-in-capitals",
        "Patient.gender",
        "binding",
        "Codes are case-sensitive",
        patient,
        lambda body, _scene: {"gender": body["gender"].capitalize()},
    ),
    wrong(
        "observation-status-done",
        "Observation.status",
        "binding",
        "The status is a word of another vocabulary",
        weight,
        {"status": "done"},
    ),
    wrong(
        "encounter-status-completed",
        "Encounter.status",
        "binding",
        "The status is one of R5",
        visit,
        {"status": "completed"},
    ),
    wrong(
        "clinical-status-unknown",
        "Condition.clinicalStatus",
        "binding",
        "The clinical status is none of the required codes",
        condition,
        {
            "clinicalStatus.coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "banana"}
            ]
        },
    ),
    wrong(
        "verification-of-wrong-system",
        "AllergyIntolerance.verificationStatus",
        "binding",
        "The verification status is a code of conditions, not of allergies",
        allergy,
        {
            "verificationStatus.coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "provisional"}
            ]
        },
    ),
    wrong("boolean-as-text", "Patient.active", "type", "true is written as text", patient, {"active": "true"}),
    wrong(
        "number-as-text",
        "Observation.valueQuantity.value",
        "type",
        "A number is written as text",
        weight,
        {"valueQuantity": {"value": "72.5", "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}},
    ),
    wrong(
        "number-with-comma",
        "Observation.valueQuantity.value",
        "type",
        "A number is written as text with a decimal comma",
        glucose,
        {"valueQuantity": {"value": "5,4", "unit": "mmol/L"}},
    ),
    wrong(
        "negative-count",
        "Appointment.minutesDuration",
        "range",
        "A duration is negative",
        appointment,
        {"minutesDuration": -20},
    ),
    wrong(
        "id-of-65-characters",
        "MedicationRequest.id",
        "format",
        "An id has 65 characters, one too many",
        order,
        {"id": "x" * 65},
    ),
    wrong(
        "id-with-underscore", "AllergyIntolerance.id", "format", "An id has an underscore", allergy, {"id": "allergy_1"}
    ),
    wrong("empty-text", "Patient.name[0].family", "empty", "A text is empty", patient, {"name[0].family": ""}),
    wrong(
        "code-with-blanks",
        "MedicationRequest.status",
        "format",
        "A code has a blank behind it",
        order,
        {"status": "active "},
    ),
    wrong(
        "uuid-in-capitals",
        "Patient.identifier[0].system",
        "format",
        "A UUID has capital letters",
        patient,
        {"identifier[0].system": "urn:uuid:C757873D-EC9A-4326-A141-556F43239520"},
    ),
    wrong(
        "broken-base64",
        "Patient.photo[0].data",
        "format",
        "A picture is not base64",
        patient,
        {"photo": [{"contentType": "image/png", "data": "iVBORw0KGgo"}]},
    ),
    wrong(
        "script-in-narrative",
        "Condition.text.div",
        "txt-1",
        "A narrative has a script, which R4 forbids",
        any_of("Condition"),
        {
            "text": {
                "status": "generated",
                "div": '<div xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></div>',
            }
        },
    ),
)
