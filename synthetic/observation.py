"""Observation: vital signs by the FHIR profiles (blood pressure as components) and laboratory results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from synthetic.codes import measurements
from synthetic.codes.measurements import LABS, Lab, Vital
from synthetic.codes.panels import SMOKING_ANSWERS, SMOKING_STATUS
from synthetic.dice import Draw
from synthetic.findings import Round
from synthetic.instants import instant_text
from synthetic.json_template import Template, compiled, member, raw, text
from synthetic.meta import meta
from synthetic.numbering import Numbering
from synthetic.resource import Resource
from synthetic.story import Frame, Story

_LOINC = "http://loinc.org"
_UCUM = "http://unitsofmeasure.org"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_INTERPRETATIONS = {"L": "Low", "N": "Normal", "H": "High"}
_ABSENT = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/data-absent-reason",
            "code": "not-performed",
            "display": "Not Performed",
        }
    ]
}
_SOCIAL_HISTORY = ("social-history", "Social History")
_VITAL_SIGNS, _LABORATORY = ("vital-signs", "Vital Signs"), ("laboratory", "Laboratory")


def _shape(profile: str, category: tuple[str, str], codings: list[dict[str, str]], outcome: dict[str, Any]) -> Template:
    code, display = category
    return compiled(
        {
            "resourceType": "Observation",
            "id": text("id"),
            "meta": meta(profile) if profile else meta(),
            "status": text("status"),
            "category": [{"coding": [{"system": _CATEGORY, "code": code, "display": display}], "text": display}],
            "code": {"coding": codings, "text": codings[0]["display"]},
            member("context"): "",
            **outcome,
        }
    )


def _loinc(code: str, display: str) -> dict[str, str]:
    return {"system": _LOINC, "code": code, "display": display}


def _quantity(unit: str, ucum: str, value: str = "value") -> dict[str, str]:
    return {"value": raw(value), "unit": unit, "system": _UCUM, "code": ucum}


def _vital(vital: Vital) -> Template:
    codings = [_loinc(vital.code, vital.display)]
    if vital is measurements.OXYGEN:  # the profile wants both
        codings.append(_loinc("2708-6", "Oxygen saturation in Arterial blood"))
    return _shape(vital.profile, _VITAL_SIGNS, codings, {"valueQuantity": _quantity(vital.unit, vital.ucum)})


def _blood_pressure() -> Template:
    parts = (
        ("8480-6", "Systolic blood pressure", "value"),
        ("8462-4", "Diastolic blood pressure", "diastolic"),
    )
    components = [
        {
            "code": {"coding": [_loinc(code, display)], "text": display},
            "valueQuantity": _quantity("mmHg", "mm[Hg]", place),
        }
        for code, display, place in parts
    ]
    panel = [_loinc(measurements.BLOOD_PRESSURE, "Blood pressure panel with all children optional")]
    return _shape("us-core-blood-pressure", _VITAL_SIGNS, panel, {"component": components})


def _flagged(lab: Lab, flag: str) -> Template:
    coding = {"system": _INTERPRETATION, "code": flag, "display": _INTERPRETATIONS[flag]}
    limits = {
        side: {
            "value": orjson.Fragment(f"{limit:.{lab.decimals}f}"),
            "unit": lab.unit,
            "system": _UCUM,
            "code": lab.ucum,
        }
        for side, limit in (("low", lab.low), ("high", lab.high))
        if limit is not None
    }
    outcome = {
        "valueQuantity": _quantity(lab.unit, lab.ucum),
        "interpretation": [{"coding": [coding]}],
        "referenceRange": [limits],
    }
    return _shape("us-core-observation-lab", _LABORATORY, [_loinc(lab.code, lab.display)], outcome)


def _missing(lab: Lab) -> Template:
    codings = [_loinc(lab.code, lab.display)]
    outcome = {"dataAbsentReason": _ABSENT, member("value"): ""}
    return _shape("us-core-observation-lab", _LABORATORY, codings, outcome)


_TEMPLATES = (
    {vital.code: _vital(vital) for vital in measurements.VITALS}
    | {f"{name}/{flag}": _flagged(lab, flag) for name, lab in LABS.items() for flag in _INTERPRETATIONS}
    | {f"{name}/missing": _missing(lab) for name, lab in LABS.items()}
)
_DAILY_SMOKERS = 0.11  # of adults: CDC/NCHS, National Health Interview Survey 2022, rounded
_SMOKING = {
    answer: _shape(
        "", _SOCIAL_HISTORY, [_loinc(*SMOKING_STATUS)], {"valueCodeableConcept": {"coding": [_loinc(code, display)]}}
    )
    for answer, (code, display) in SMOKING_ANSWERS.items()
}
_PRESSURE = _blood_pressure()


def observations(numbering: Numbering, subject: str, rounds: Sequence[Round]) -> list[Resource]:
    """Render rounds of findings, in their order. `subject` is the reference to the patient as JSON."""
    found: list[Resource] = []
    ids = numbering.ids("Observation", sum(len(taken.findings) for taken in rounds))
    for taken in rounds:
        encounter = numbering.id("Encounter", taken.visit.ordinal)
        context = (
            f',"subject":{subject},"encounter":{{"reference":"Encounter/{encounter}"}}'
            f',"effectiveDateTime":"{instant_text(taken.time)}","issued":"{instant_text(taken.issued)}"'
        )
        for test, value, status, diastolic in taken.findings:
            resource_id = ids[len(found)]
            if diastolic:
                body = _PRESSURE(id=resource_id, status=status, context=context, value=value, diastolic=diastolic)
            else:
                body = _TEMPLATES[test](id=resource_id, status=status, context=context, value=value)
            found.append(Resource("Observation", resource_id, body.encode()))
    return found


def smoking_status(draw: Draw, story: Story, frame: Frame, ordinal: int) -> list[Resource]:
    """What an adult says about tobacco, asked in the visit in progress. Answers are LOINC's: SNOMED CT is not ours."""
    age, chance = story.person.age, draw()
    if age < 16:
        return []
    visit = story.visits[-1]
    answer = "daily" if chance < _DAILY_SMOKERS else "former" if chance < _DAILY_SMOKERS + age / 250 else "never"
    time = instant_text(visit.start + 60)
    resource_id = frame.numbering.id("Observation", ordinal)
    context = (
        f',"subject":{frame.subject},"encounter":{frame.reference("Encounter", visit.ordinal)}'
        f',"effectiveDateTime":"{time}","issued":"{time}"'
    )
    body = _SMOKING[answer](id=resource_id, status="final", context=context)
    return [Resource("Observation", resource_id, body.encode())]
