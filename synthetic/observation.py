"""Observation: vital signs by the FHIR profiles (blood pressure as components) and laboratory results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from synthetic.codes import measurements
from synthetic.codes.measurements import LABS, Lab, Vital
from synthetic.findings import Finding
from synthetic.instants import instant_text
from synthetic.json_template import compiled, member, raw, text
from synthetic.meta import meta
from synthetic.numbering import Numbering
from synthetic.resource import Resource

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
_VITAL_SIGNS, _LABORATORY = ("vital-signs", "Vital Signs"), ("laboratory", "Laboratory")


def _shape(
    profile: str, category: tuple[str, str], codings: list[dict[str, str]], outcome: dict[str, Any]
) -> str:
    code, display = category
    return compiled(
        {
            "resourceType": "Observation",
            "id": text("id"),
            "meta": meta(profile),
            "status": text("status"),
            "category": [
                {"coding": [{"system": _CATEGORY, "code": code, "display": display}], "text": display}
            ],
            "code": {"coding": codings, "text": codings[0]["display"]},
            "subject": raw("subject"),
            "encounter": {"reference": f"Encounter/{text('encounter')}"},
            "effectiveDateTime": text("time"),
            "issued": text("issued"),
            **outcome,
        }
    )


def _loinc(code: str, display: str) -> dict[str, str]:
    return {"system": _LOINC, "code": code, "display": display}


def _quantity(unit: str, ucum: str, value: str = "value") -> dict[str, str]:
    return {"value": raw(value), "unit": unit, "system": _UCUM, "code": ucum}


def _vital(vital: Vital) -> str:
    codings = [_loinc(vital.code, vital.display)]
    if vital is measurements.OXYGEN:  # the profile wants both
        codings.append(_loinc("2708-6", "Oxygen saturation in Arterial blood"))
    return _shape(vital.profile, _VITAL_SIGNS, codings, {"valueQuantity": _quantity(vital.unit, vital.ucum)})


def _blood_pressure() -> str:
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
    panel = [_loinc("85354-9", "Blood pressure panel with all children optional")]
    return _shape("us-core-blood-pressure", _VITAL_SIGNS, panel, {"component": components})


def _lab(lab: Lab) -> str:
    outcome = {
        "valueQuantity": _quantity(lab.unit, lab.ucum),
        "interpretation": [
            {"coding": [{"system": _INTERPRETATION, "code": text("flag"), "display": text("flag_text")}]}
        ],
        member("range"): "",
    }
    return _shape("us-core-observation-lab", _LABORATORY, [_loinc(lab.code, lab.display)], outcome)


def _range(lab: Lab) -> str:
    limits = []
    for name, limit in (("low", lab.low), ("high", lab.high)):
        if limit is not None:
            limits.append(
                f'"{name}":{{"value":{limit:.{lab.decimals}f},"unit":"{lab.unit}","system":"{_UCUM}","code":"{lab.ucum}"}}'
            )
    return f',"referenceRange":[{{{",".join(limits)}}}]'


def _missing(lab: Lab) -> str:
    codings = [_loinc(lab.code, lab.display)]
    return _shape("us-core-observation-lab", _LABORATORY, codings, {"dataAbsentReason": _ABSENT})


_VITALS = {
    vital: _vital(vital)
    for vital in (
        measurements.HEART_RATE,
        measurements.RESPIRATORY_RATE,
        measurements.TEMPERATURE,
        measurements.WEIGHT,
        measurements.HEIGHT,
        measurements.BMI,
        measurements.OXYGEN,
    )
}
_PRESSURE = _blood_pressure()
_RESULTS = {lab.code: _lab(lab) for lab in LABS.values()}
_MISSING = {lab.code: _missing(lab) for lab in LABS.values()}
_RANGES = {lab.code: _range(lab) for lab in LABS.values()}


def observations(numbering: Numbering, subject: str, findings: Sequence[Finding]) -> list[Resource]:
    """Render findings. `subject` is the reference to the patient as JSON."""
    encounters: dict[int, str] = {}
    found = []
    for ordinal, finding in enumerate(findings):
        visit = finding.visit.ordinal
        if visit not in encounters:
            encounters[visit] = numbering.id("Encounter", visit)
        resource_id = numbering.id("Observation", ordinal)
        body = _observation(finding, resource_id, subject, encounters[visit])
        found.append(Resource("Observation", resource_id, body.encode()))
    return found


def _observation(finding: Finding, resource_id: str, subject: str, encounter: str) -> str:
    values = {
        "id": resource_id,
        "status": finding.status,
        "subject": subject,
        "encounter": encounter,
        "time": instant_text(finding.time),
        "issued": instant_text(finding.issued),
        "value": finding.value,
    }
    test = finding.test
    if test is None:
        values["diastolic"] = finding.diastolic
        return _PRESSURE % values
    if isinstance(test, Vital):
        return _VITALS[test] % values
    if not finding.value:
        return _MISSING[test.code] % values
    flag = interpretation(test, float(finding.value))
    values["flag"], values["flag_text"], values["range"] = flag, _INTERPRETATIONS[flag], _RANGES[test.code]
    return _RESULTS[test.code] % values


def interpretation(lab: Lab, value: float) -> str:
    """L, N or H against the reference range."""
    if lab.low is not None and value < lab.low:
        return "L"
    return "H" if lab.high is not None and value > lab.high else "N"
