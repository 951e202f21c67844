"""Hand-made charts whose search results can be told by reading them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

LOINC = "http://loinc.org"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
P1, P2, P3 = "ePatientNumberOne0000001", "ePatientNumberTwo0000002", "ePatientNumberThree00003"


def patient(number: str, family: str, given: list[str], birth: str, gender: str, **more: Any) -> dict[str, Any]:
    name = {"use": "official", "text": f"{given[0]} {family}", "family": family, "given": given}
    return {"resourceType": "Patient", "id": number, "name": [name], "gender": gender, "birthDate": birth, **more}


def vital(name: str, owner: str, code: str, when: str, kind: str = "vital-signs") -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "category": [{"coding": [{"system": CATEGORY, "code": kind}]}],
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "subject": {"reference": f"Patient/{owner}"},
        "effectiveDateTime": when,
        "valueQuantity": {"value": 1.50, "unit": "x"},
    }


def condition(name: str, owner: str, status: str, recorded: str) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": name,
        "clinicalStatus": {"coding": [{"system": CLINICAL, "code": status}]},
        "code": {"text": name},
        "subject": {"reference": f"Patient/{owner}"},
        "recordedDate": recorded,
    }


def encounter(name: str, owner: str, start: str, end: str | None) -> dict[str, Any]:
    period = {"start": start} | ({"end": end} if end else {})
    actcode = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
    return {
        "resourceType": "Encounter",
        "id": name,
        "status": "finished" if end else "in-progress",
        "class": actcode,
        "subject": {"reference": f"Patient/{owner}"},
        "period": period,
    }


IDENTIFIER = {"type": {"text": "MRN", "coding": [{"code": "MR"}]}, "system": "urn:oid:1.2.3", "value": "M0"}
PHONE = {"system": "phone", "value": "+1-555-0100"}
CHARTS = [
    [
        patient(P1, "Müller", ["Ana", "Lu"], "1980-02-29", "female", identifier=[IDENTIFIER], telecom=[PHONE]),
        vital("hr1", P1, "8867-4", "2026-01-01T10:00:00Z"),
        vital("hr2", P1, "8867-4", "2026-01-02T10:00:00Z"),
        vital("wt1", P1, "29463-7", "2026-01-02T10:00:00Z"),
        vital("na1", P1, "2951-2", "2026-01-03T10:00:00Z", "laboratory"),
        condition("c1", P1, "active", "2025-05-05"),
        condition("c2", P1, "resolved", "2026-05"),
        encounter("e1", P1, "2026-01-01T09:00:00Z", "2026-01-01T11:00:00Z"),
        encounter("e2", P1, "2026-02-01T09:00:00Z", None),
    ],
    [patient(P2, "Mueller", ["Bo"], "1980-02-29", "male"), vital("hr9", P2, "8867-4", "2026-01-01T10:00:00Z")],
    [patient(P3, "Miller", ["Ana"], "1990-01-01", "female")],
]


@pytest.fixture
def paper_with(desk_with: Any, shelf: Any) -> Callable[..., Any]:
    """Make a desk over the hand-made charts with other switches."""
    return lambda **switches: desk_with(shelf(CHARTS), **switches)


@pytest.fixture
def paper(paper_with: Any) -> Any:
    return paper_with(trailing_outcome_types=())


@pytest.fixture
def one_of(population: Any) -> Callable[[str], str]:
    """The id of one resource of a type: out of the first chart that has one, or of the directory."""

    def find(name: str) -> str:
        charts = (population.chart(index) for index in range(population.size))
        found = next((chart.of_type(name)[0] for chart in charts if chart.of_type(name)), None)
        return str((found or next(iter(population.directory().of_type(name)))).id)

    return find
