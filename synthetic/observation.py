"""Observation: vital signs by the FHIR profiles (blood pressure as components) and laboratory results."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from synthetic.codes import measurements
from synthetic.codes.measurements import LABS, Lab, Vital
from synthetic.codes.panels import SMOKING_ANSWERS, SMOKING_STATUS
from synthetic.dice import Draw
from synthetic.draft import Draft
from synthetic.instants import instant_text
from synthetic.json_template import constants, member, raw, text
from synthetic.meta import meta
from synthetic.story import Frame, Story
from synthetic.timeline import Visit

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


class _Kind(NamedTuple):
    """An Observation of one kind: its JSON before, between and behind the places where Observations differ."""

    before_id: str
    before_status: str
    before_context: str
    before_value: str
    end: str


def _shape(
    profiles: tuple[str, ...], category: tuple[str, str], codings: list[dict[str, str]], outcome: dict[str, Any]
) -> dict[str, Any]:
    code, display = category
    return {
        "resourceType": "Observation",
        "id": text("id"),
        "meta": meta(*profiles),
        "status": text("status"),
        "category": [{"coding": [{"system": _CATEGORY, "code": code, "display": display}], "text": display}],
        "code": {"coding": codings, "text": codings[0]["display"]},
        member("context"): "",
        **outcome,
    }


def _kind(shape: dict[str, Any]) -> _Kind:
    before_id, before_status, before_context, before_value, end = constants(shape)
    return _Kind(before_id, before_status, before_context, before_value, f"{end}\n")


def _loinc(code: str, display: str) -> dict[str, str]:
    return {"system": _LOINC, "code": code, "display": display}


def _quantity(unit: str, ucum: str, value: str = "value") -> dict[str, str]:
    return {"value": raw(value), "unit": unit, "system": _UCUM, "code": ucum}


def _vital(vital: Vital) -> _Kind:
    codings = [_loinc(vital.code, vital.display)]
    if vital is measurements.OXYGEN:  # the profile wants both
        codings.append(_loinc("2708-6", "Oxygen saturation in Arterial blood"))
    return _kind(_shape((vital.profile,), _VITAL_SIGNS, codings, {"valueQuantity": _quantity(vital.unit, vital.ucum)}))


def _blood_pressure() -> tuple[_Kind, str]:
    """The kind, and what stands between both pressures."""
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
    shape = _shape(("us-core-blood-pressure",), _VITAL_SIGNS, panel, {"component": components})
    before_id, before_status, before_context, before_value, between, end = constants(shape)
    return _Kind(before_id, before_status, before_context, before_value, f"{end}\n"), between


def _flagged(lab: Lab, flag: str) -> _Kind:
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
    return _laboratory(lab, outcome)


def _missing(lab: Lab) -> _Kind:
    return _laboratory(lab, {"dataAbsentReason": _ABSENT, member("value"): ""})


def _laboratory(lab: Lab, outcome: dict[str, Any]) -> _Kind:
    return _kind(_shape(("us-core-observation-lab",), _LABORATORY, [_loinc(lab.code, lab.display)], outcome))


def _laboratory_kind(test: str) -> _Kind:
    """The kind of a laboratory test, made when it is first found."""
    name, _, flag = test.partition("/")
    kind = _KINDS[test] = _missing(LABS[name]) if flag == "missing" else _flagged(LABS[name], flag)
    return kind


_KINDS = {vital.code: _vital(vital) for vital in measurements.VITALS}
_KINDS[measurements.BLOOD_PRESSURE], _BETWEEN_PRESSURES = _blood_pressure()
# 8.7 % smoke every day, 18.2 % have smoked: National Cancer Institute, Tobacco Use Supplement to the Current Population
# Survey 2018-2019, table 1. That more of the old have smoked follows a rule of ours.
_DAILY_SMOKERS = 0.09
_SMOKING = {
    answer: _kind(
        _shape(
            (),
            _SOCIAL_HISTORY,
            [_loinc(*SMOKING_STATUS)],
            {"valueCodeableConcept": {"coding": [_loinc(code, display)]}, member("value"): ""},
        )
    )
    for answer, (code, display) in SMOKING_ANSWERS.items()
}


def observations(story: Story, frame: Frame) -> list[Draft]:
    """Render the rounds of findings, in their order."""
    ids = iter(frame.numbering.ids("Observation", sum([len(taken.findings) for taken in story.rounds])))
    found: list[Draft] = []
    for taken in story.rounds:
        time = instant_text(taken.time)
        issued = time if taken.issued == taken.time else instant_text(taken.issued)
        context = _context(frame, taken.visit, time, issued)
        for test, value, status, diastolic in taken.findings:
            values = f"{value}{_BETWEEN_PRESSURES}{diastolic}" if diastolic else value
            found.append(_rendered(_KINDS.get(test) or _laboratory_kind(test), next(ids), status, context, values))
    return found


def _context(frame: Frame, visit: Visit, time: str, issued: str) -> str:
    return (
        f',"subject":{frame.subject},"encounter":{frame.encounters[visit.ordinal]}'
        f',"effectiveDateTime":"{time}","issued":"{issued}"'
    )


def _rendered(kind: _Kind, resource_id: str, status: str, context: str, values: str) -> Draft:
    before_id, before_status, before_context, before_value, end = kind
    pieces = (before_id, resource_id, before_status, status, before_context, context, before_value, values, end)
    return "Observation", resource_id, pieces


def smoking_status(draw: Draw, story: Story, frame: Frame, ordinal: int) -> list[Draft]:
    """What an adult says about tobacco, asked in the visit in progress. Answers are LOINC's: SNOMED CT is not ours."""
    age, chance = story.person.age, draw()
    if age < 16:
        return []
    visit = story.visits[-1]
    answer = "daily" if chance < _DAILY_SMOKERS else "former" if chance < _DAILY_SMOKERS + age / 250 else "never"
    time = instant_text(visit.start + 60)
    context = _context(frame, visit, time, time)
    return [_rendered(_SMOKING[answer], frame.numbering.id("Observation", ordinal), "final", context, "")]
