"""Whose record a resource is: the patient compartment of the types served.

Source: http://hl7.org/fhir/R4/compartmentdefinition-patient.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reference_gateway.json_text import Json

_SUBJECT_ELEMENT = {
    "Encounter": "subject",
    "Condition": "subject",
    "Observation": "subject",
    "MedicationRequest": "subject",
    "AllergyIntolerance": "patient",
    "Immunization": "patient",
}
_PREFIX = "Patient/"


def patients_of(resource: Json) -> frozenset[str]:
    """Return the ids of the patients that a resource belongs to; empty when it names none."""
    resource_type = resource.get("resourceType")
    if resource_type == "Patient":
        return frozenset([resource["id"]] if isinstance(resource.get("id"), str) else [])
    if resource_type == "Appointment":
        participants = [item for item in resource.get("participant", []) if isinstance(item, dict)]
        return frozenset(owner for item in participants if (owner := _patient(item.get("actor"))))
    owner = _patient(resource.get(_SUBJECT_ELEMENT.get(str(resource_type), "subject")))
    return frozenset([owner] if owner else [])


def mentioned_patients(resource: Json) -> frozenset[str]:
    """Return the ids of all patients referenced anywhere in a resource, links between Patient records left out."""
    found = frozenset(_references({key: value for key, value in resource.items() if key != "link"}))
    return found | patients_of(resource)


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        owner = _patient(value)
        if owner:
            yield owner
        for child in value.values():
            if isinstance(child, dict | list):
                yield from _references(child)
    elif isinstance(value, list):
        for child in value:
            yield from _references(child)


def _patient(reference: Any) -> str | None:
    """Return the id in a Reference to a patient, relative or absolute, else None."""
    text = reference.get("reference") if isinstance(reference, dict) else None
    if not isinstance(text, str):
        return None
    head, found, tail = text.rpartition(_PREFIX)
    if not found or (head and not head.endswith("/")):
        return None
    return tail.partition("/")[0]
