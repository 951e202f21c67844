"""Encounter: US Core 6.1; class by v3-ActCode, type as text (CPT is not ours to ship)."""

from __future__ import annotations

from synthetic.bookings import led_to_visits
from synthetic.draft import Draft
from synthetic.hospital import EMERGENCY_DEPARTMENT, HOSPITAL, WARD, clinic_of
from synthetic.instants import instant_text
from synthetic.json_template import member, minified, piecewise, raw, text
from synthetic.meta import meta
from synthetic.problems import Problem
from synthetic.story import Frame, Story
from synthetic.timeline import ADMISSION, EMERGENCY, OFFICE, TELEPHONE, Visit

_CLASSES = {
    OFFICE: ("AMB", "ambulatory", "Office Visit"),
    TELEPHONE: ("VR", "virtual", "Telephone"),
    EMERGENCY: ("EMER", "emergency", "Emergency Department Visit"),
    ADMISSION: ("IMP", "inpatient encounter", "Hospital Encounter"),
}
_ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_HOME = {
    "dischargeDisposition": {
        "coding": [
            {
                "system": "http://terminology.hl7.org/CodeSystem/discharge-disposition",
                "code": "home",
                "display": "Home",
            }
        ],
        "text": "Home",
    }
}
_TEMPLATE = piecewise(
    {
        "resourceType": "Encounter",
        "id": text("id"),
        "meta": meta("us-core-encounter"),
        "status": text("status"),
        "class": raw("class_"),
        "type": raw("type"),
        "subject": raw("subject"),
        "participant": [
            {
                "type": [
                    {
                        "coding": [
                            {
                                "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
                                "code": "ATND",
                                "display": "attender",
                            }
                        ]
                    }
                ],
                "individual": raw("practitioner"),
            }
        ],
        member("appointment"): "",
        "period": {"start": text("start"), member("end"): ""},
        member("diagnosis"): "",
        member("hospitalization"): "",
        "location": [{"location": raw("location")}],
        "serviceProvider": raw("provider"),
    }
)
_PLACES = {EMERGENCY: EMERGENCY_DEPARTMENT, ADMISSION: WARD}
_CLASS_JSON = {
    kind: minified({"system": _ACT_CODE, "code": code, "display": display})
    for kind, (code, display, _) in _CLASSES.items()
}
_TYPE_JSON = {kind: minified([{"text": words}]) for kind, (_, _, words) in _CLASSES.items()}
_HOSPITALIZATION = f',"hospitalization":{minified(_HOME)}'


def encounters(story: Story, frame: Frame) -> list[Draft]:
    """Render visits."""
    acute = {problem.visit.ordinal: problem for problem in story.problems if problem.visit and not problem.chronic}
    made = led_to_visits(story.bookings)
    return [_encounter(frame, visit, acute.get(visit.ordinal), made.get(visit.ordinal)) for visit in story.visits]


def _encounter(frame: Frame, visit: Visit, problem: Problem | None, appointment: int | None) -> Draft:
    resource_id, hospital = frame.encounter_ids[visit.ordinal], frame.hospital
    clinic, end = clinic_of(visit.practitioner), visit.end
    body = _TEMPLATE(
        id=resource_id,
        status=visit.status,
        class_=_CLASS_JSON[visit.kind],
        type=_TYPE_JSON[visit.kind],
        subject=frame.subject,
        practitioner=frame.practitioner(visit),
        appointment="" if appointment is None else _appointment(frame, appointment),
        start=instant_text(visit.start),
        end="" if end is None else f',"end":"{instant_text(end)}"',
        diagnosis="" if problem is None else _diagnosis(frame, problem),
        location=hospital.location(_PLACES.get(visit.kind, clinic)),
        provider=hospital.organization(HOSPITAL if visit.kind in _PLACES else clinic),
        hospitalization=_HOSPITALIZATION if visit.kind == ADMISSION and end is not None else "",
    )
    return ("Encounter", resource_id, body)


def _appointment(frame: Frame, ordinal: int) -> str:
    return f',"appointment":[{{"reference":"Appointment/{frame.numbering.id("Appointment", ordinal)}"}}]'


def _diagnosis(frame: Frame, problem: Problem) -> str:
    coding = f'{{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"{problem.code}","display":"{problem.display}"}}'
    reason = f'{{"coding":[{coding}],"text":"{problem.display}"}}'
    return f',"reasonCode":[{reason}],"diagnosis":[{{"condition":{frame.conditions[problem.ordinal]}}}]'
