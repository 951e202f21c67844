"""Bodies for creates: records a clinician could enter for a synthetic patient, each acceptable to the EHR."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from gauntlet.target_model import Claims
from synthetic.population import Chart

_HTEST = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "HTEST",
    "display": "test health data",
}


def writable(claims: Claims) -> str:
    """Return a resource type the target claims to create; a check that needs one is not claimed when there is none."""
    if claims.write is None:
        pytest.skip("the target does not claim write")
    types: list[str] = list(claims.write.types)
    return "AllergyIntolerance" if "AllergyIntolerance" in types else types[0]


def body(resource_type: str, chart: Chart, *, note: str = "") -> bytes:
    """Return a create body of `resource_type` for the chart's patient; `note` makes it distinguishable."""
    resource = _BUILDERS[resource_type](chart)
    if note:
        resource["note"] = [{"text": note}]
    return orjson.dumps({"resourceType": resource_type, "meta": {"security": [_HTEST]}, **resource})


def _coded(system: str, *codes: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code} for code in codes]}


def _patient(chart: Chart) -> dict[str, str]:
    return {"reference": f"Patient/{chart.id}"}


def _allergy(chart: Chart) -> dict[str, Any]:
    return {
        "clinicalStatus": _coded("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active"),
        "verificationStatus": _coded(
            "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification", "unconfirmed"
        ),
        "type": "allergy",
        "category": ["medication"],
        "code": {**_coded("http://hl7.org/fhir/sid/icd-10-cm", "Z88.0"), "text": "Penicillin"},
        "patient": _patient(chart),
    }


def _condition(chart: Chart) -> dict[str, Any]:
    return {
        "clinicalStatus": _coded("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
        "verificationStatus": _coded("http://terminology.hl7.org/CodeSystem/condition-ver-status", "provisional"),
        "category": [_coded("http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item")],
        "code": {**_coded("http://hl7.org/fhir/sid/icd-10-cm", "J30.9"), "text": "Allergic rhinitis"},
        "subject": _patient(chart),
    }


def _observation(chart: Chart) -> dict[str, Any]:
    encounter = next(item for item in chart.of_type("Encounter") if item.body["status"] == "in-progress")
    return {
        "status": "final",
        "category": [_coded("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs")],
        "code": {**_coded("http://loinc.org", "8867-4"), "text": "Heart rate"},
        "subject": _patient(chart),
        "encounter": {"reference": f"Encounter/{encounter.id}"},
        "effectiveDateTime": encounter.body["period"]["start"],
        "valueQuantity": {
            "value": 72,
            "unit": "beats/minute",
            "system": "http://unitsofmeasure.org",
            "code": "/min",
        },
    }


_BUILDERS: Mapping[str, Any] = {
    "AllergyIntolerance": _allergy,
    "Condition": _condition,
    "Observation": _observation,
}


def later(instant: str, minutes: int) -> str:
    """Return an instant (FHIR, UTC with Z) so many minutes later."""
    moment = dt.datetime.fromisoformat(instant) + dt.timedelta(minutes=minutes)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def unacceptable(resource: dict[str, Any]) -> dict[str, Any]:
    """Return the resource with a status outside its value set: valid JSON, which nobody may write."""
    if resource["resourceType"] == "Observation":
        return {**resource, "status": "no-such-status"}
    return {**resource, "clinicalStatus": _coded("http://terminology.hl7.org/CodeSystem/none", "no-such-status")}
