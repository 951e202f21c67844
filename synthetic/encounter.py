"""Encounter: US Core 6.1; class by v3-ActCode, type as text (CPT is not ours to ship)."""

from __future__ import annotations

from collections.abc import Sequence

from synthetic.hospital import EMERGENCY_DEPARTMENT, HOSPITAL, WARD, Hospital, clinic_of
from synthetic.instants import instant_text
from synthetic.json_template import compiled, escaped, member, minified, raw, text
from synthetic.meta import meta
from synthetic.numbering import Numbering
from synthetic.problems import Problem
from synthetic.resource import Resource
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
_TEMPLATE = compiled(
    {
        "resourceType": "Encounter",
        "id": text("id"),
        "meta": meta("us-core-encounter"),
        "status": text("status"),
        "class": raw("class_"),
        "type": [{"text": text("type")}],
        "subject": {"reference": f"Patient/{text('patient')}", "display": text("patient_name")},
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
        "period": raw("period"),
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
_HOSPITALIZATION = f',"hospitalization":{minified(_HOME)}'


def encounters(
    numbering: Numbering,
    patient_name: str,
    visits: Sequence[Visit],
    problems: Sequence[Problem],
    appointments: dict[int, int],
    hospital: Hospital,
) -> list[Resource]:
    """Render visits. `appointments` maps a visit's ordinal to that of the appointment that led to it."""
    acute = {problem.visit.ordinal: problem for problem in problems if problem.visit and not problem.chronic}
    name = escaped(patient_name)
    return [
        _encounter(numbering, name, visit, acute.get(visit.ordinal), appointments.get(visit.ordinal), hospital)
        for visit in visits
    ]


def _encounter(
    numbering: Numbering,
    name: str,
    visit: Visit,
    problem: Problem | None,
    appointment: int | None,
    hospital: Hospital,
) -> Resource:
    resource_id = numbering.id("Encounter", visit.ordinal)
    clinic = clinic_of(visit.practitioner)
    over = visit.kind == ADMISSION and visit.end is not None
    body = _TEMPLATE(
        id=resource_id,
        status=visit.status,
        class_=_CLASS_JSON[visit.kind],
        type=_CLASSES[visit.kind][2],
        patient=numbering.patient,
        patient_name=name,
        practitioner=hospital.practitioner(visit.practitioner).reference,
        appointment=_appointment(numbering, appointment),
        period=_period(visit),
        diagnosis=_diagnosis(numbering, problem),
        location=hospital.location(_PLACES.get(visit.kind, clinic)),
        provider=hospital.organization(HOSPITAL if visit.kind in _PLACES else clinic),
        hospitalization=_HOSPITALIZATION if over else "",
    )
    return Resource("Encounter", resource_id, body.encode())


def _period(visit: Visit) -> str:
    start = f'"start":"{instant_text(visit.start)}"'
    return f"{{{start}}}" if visit.end is None else f'{{{start},"end":"{instant_text(visit.end)}"}}'


def _appointment(numbering: Numbering, ordinal: int | None) -> str:
    if ordinal is None:
        return ""
    return f',"appointment":[{{"reference":"Appointment/{numbering.id("Appointment", ordinal)}"}}]'


def _diagnosis(numbering: Numbering, problem: Problem | None) -> str:
    if problem is None:
        return ""
    coding = f'{{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"{problem.code}","display":"{problem.display}"}}'
    reference = f'{{"reference":"Condition/{numbering.id("Condition", problem.ordinal)}"}}'
    reason = f'{{"coding":[{coding}],"text":"{problem.display}"}}'
    return f',"reasonCode":[{reason}],"diagnosis":[{{"condition":{reference}}}]'
