"""Resources as the scripted EHR holds them, and as consumers write them."""

from __future__ import annotations

from typing import Any

LOINC = "http://loinc.org"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
FHIR = "application/fhir+json"


def patient(name: str = "pat1") -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": name,
        "extension": [
            {"url": "http://open.epic.com/FHIR/StructureDefinition/extension/legal-sex", "valueString": "Female"}
        ],
        "identifier": [
            {"type": {"text": "INTERNAL"}, "system": "urn:oid:1.2", "value": "   Z123"},
            {"type": {"text": "MRN"}, "system": "urn:oid:1.2.3", "value": f"M-{name}"},
        ],
        "name": [{"family": "Quintessence", "given": ["Zelda"]}],
        "gender": "female",
        "birthDate": "1970-02-03",
    }


def observation(name: str, owner: str = "pat1", **changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "category": [{"coding": [{"system": CATEGORY, "code": "vital-signs"}]}],
        "code": {"coding": [{"system": LOINC, "code": "8867-4"}]},
        "subject": {"reference": f"Patient/{owner}"},
        "effectiveDateTime": "2026-06-01T08:00:00Z",
        "valueQuantity": {"value": 1.5, "unit": "/min"},
        **changes,
    }


def encounter(name: str, owner: str = "pat1") -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "id": name,
        "status": "finished",
        "class": {"system": "urn:oid:1.2.840.114350.1.72.1.7.7.10.696784.13260", "code": "4"},
        "subject": {"reference": f"Patient/{owner}"},
    }


def allergy(owner: str = "pat1", **changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": {"coding": [{"system": f"{TERMINOLOGY}allergyintolerance-clinical", "code": "active"}]},
        "code": {"text": "Penicillin"},
        "patient": {"reference": f"Patient/{owner}"},
        **changes,
    }


def vital(owner: str = "pat1", **changes: Any) -> dict[str, Any]:
    body = observation("x", owner, **changes)
    del body["id"]
    return body
