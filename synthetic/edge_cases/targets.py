"""Which resource of a chart a case is about. Every chart of the population has each of these."""

from __future__ import annotations

from typing import Any

from synthetic.dice import pick
from synthetic.edge_cases.case import Scene, Target
from synthetic.resource import Resource

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
EXTENSION = "http://hl7.org/fhir/StructureDefinition/"
DATA_ABSENT = EXTENSION + "data-absent-reason"
# An arc that belongs to nobody who could issue codes or numbers (2.16.840.1.113883.3.9999, as for member numbers).
LOCAL_CODES = "urn:oid:2.16.840.1.113883.3.9999.20"
OTHER_HOSPITAL = "urn:oid:2.16.840.1.113883.3.9999.21"
ELSEWHERE = "https://other-hospital.invalid/fhir/R4"  # .invalid never resolves (RFC 2606)


def patient(scene: Scene) -> Resource:
    """The patient."""
    return scene.chart.patient


def any_of(resource_type: str) -> Target:
    """One of the resources of a type, by the dice."""
    return lambda scene: pick(scene.draw, scene.chart.of_type(resource_type))


def having(resource_type: str, *marks: bytes) -> Target:
    """The last resource of a type that has all these bytes. Raises LookupError when there is none."""

    def find(scene: Scene) -> Resource:
        for resource in reversed(scene.chart.of_type(resource_type)):
            if all(mark in resource.json for mark in marks):
                return resource
        raise LookupError(f"chart {scene.chart.index} has no {resource_type} with {b' and '.join(marks).decode()}")

    return find


def observation(loinc: str) -> Target:
    """The newest Observation of a LOINC code that the visit in progress measures."""
    return having("Observation", b'"code":"%b"' % loinc.encode())


def quantity(value: Any, unit: str, ucum: str | None = None) -> dict[str, Any]:
    """A Quantity in UCUM; `ucum` is its code where it is not written as the unit is."""
    return {"value": value, "unit": unit, "system": UCUM, "code": ucum or unit}


def absent(reason: str) -> dict[str, Any]:
    """The extension that says why an element has no value."""
    return {"extension": [{"url": DATA_ABSENT, "valueCode": reason}]}


weight, pressure, temperature = observation("29463-7"), observation("85354-9"), observation("8310-5")
glucose, creatinine, potassium = observation("2345-7"), observation("2160-0"), observation("2823-3")
visit = having("Encounter", b'"status":"in-progress"')
condition, order, allergy, appointment = (
    any_of("Condition"),
    any_of("MedicationRequest"),
    any_of("AllergyIntolerance"),
    any_of("Appointment"),
)
