"""Resources that are legal one by one and cannot be true together, or name what is not there."""

from __future__ import annotations

from synthetic.edge_cases.case import (
    Apply,
    Case,
    Changes,
    Outcome,
    Scene,
    both,
    changed,
    edited,
    invalid,
    one_more,
)
from synthetic.edge_cases.paths import Json
from synthetic.edge_cases.targets import allergy, appointment, condition, glucose, order, patient, visit, weight
from synthetic.patient import MRN_SYSTEM
from synthetic.population import Population


def stranger(scene: Scene) -> str:
    """The reference to another patient."""
    return "Patient/" + scene.identity.resource_id("Patient", scene.stranger)


def foreign_visit(_body: Json, scene: Scene) -> Changes:
    """The visit of somebody else."""
    return {"encounter": {"reference": "Encounter/" + scene.identity.resource_id("Encounter", scene.stranger)}}


def missing(resource_type: str, element: str) -> Changes:
    """A reference to a resource that was never made."""
    return {element: {"reference": f"{resource_type}/e-no-such-{resource_type.lower()}"}}


def twice(scene: Scene) -> Outcome:
    """A second resource under the id of the first, with another content."""
    first = allergy(scene)
    second = changed(first, first.body, {"id": first.id, "code": {"text": "Another substance"}})
    return Outcome((*scene.chart.resources, second.resource), (second,))


def same_mrn(body: Json, scene: Scene) -> Changes:
    """The MRN of somebody else, in the hospital's own system."""
    first = body["identifier"][0]
    return {"identifier[0]": first | {"system": MRN_SYSTEM, "value": scene.identity.mrn(scene.stranger)}}


def dead_before_visit() -> Apply:
    """A visit two days after today, and a patient who died today at the latest."""
    dead = edited(patient, lambda body, _scene: {"deceasedDateTime": body.get("deceasedDateTime", Population.today)})
    period = {"period": {"start": "2026-06-17T12:00:00Z", "end": "2026-06-17T12:30:00Z"}, "status": "finished"}
    return both(dead, one_more(visit, period))


CASES: tuple[Case, ...] = (
    invalid(
        "dangling-visit",
        "Observation.encounter",
        "dangling-reference",
        "CON-13 CON-15 NEG-02",
        "The result refers to a visit that does not exist",
        edited(weight, missing("Encounter", "encounter")),
        quarantine=True,
    ),
    invalid(
        "dangling-prescriber",
        "MedicationRequest.requester",
        "dangling-reference",
        "CON-13 NEG-02",
        "The order refers to a prescriber who does not exist",
        edited(order, missing("Practitioner", "requester")),
        quarantine=True,
    ),
    invalid(
        "dangling-subject",
        "Condition.subject",
        "dangling-reference",
        "NEG-02 NEG-10",
        "The diagnosis is one of a patient who does not exist",
        edited(condition, missing("Patient", "subject")),
        quarantine=True,
    ),
    invalid(
        "result-of-another-patient",
        "Observation.subject",
        "foreign-subject",
        "NEG-10 AUT-05 LOD-04",
        "A result in this chart is one of another patient",
        edited(glucose, lambda _body, scene: {"subject": {"reference": stranger(scene)}}),
    ),
    invalid(
        "allergy-of-another-patient",
        "AllergyIntolerance.patient",
        "foreign-subject",
        "NEG-10 AUT-05 LOD-04",
        "An allergy in this chart is one of another patient",
        edited(allergy, lambda _body, scene: {"patient": {"reference": stranger(scene)}}),
    ),
    invalid(
        "appointment-of-another-patient",
        "Appointment.participant[0].actor",
        "foreign-subject",
        "NEG-10 AUT-05",
        "An appointment in this chart is one of another patient",
        edited(appointment, lambda _body, scene: {"participant[0].actor": {"reference": stranger(scene)}}),
    ),
    invalid(
        "visit-of-another-patient",
        "MedicationRequest.encounter",
        "foreign-reference",
        "NEG-10 AUT-05",
        "The order was made in a visit of another patient",
        edited(order, foreign_visit),
        quarantine=True,
    ),
    invalid(
        "id-given-twice",
        "AllergyIntolerance.id",
        "duplicate-id",
        "CON-08 NEG-02",
        "Two resources of different content have the same type and id",
        twice,
        quarantine=True,
    ),
    invalid(
        "number-of-another-patient",
        "Patient.identifier[0]",
        "foreign-number",
        "MAP-06 NEG-10",
        "The medical record number is that of another patient in the same system",
        edited(patient, same_mrn),
        quarantine=True,
    ),
    invalid(
        "visit-before-birth",
        "Encounter.period.start",
        "before-birth",
        "CON-15",
        "The visit took place before the patient was born",
        one_more(
            visit,
            {"period": {"start": "1875-03-01T09:00:00Z", "end": "1875-03-01T09:30:00Z"}, "status": "finished"},
        ),
        quarantine=True,
    ),
    invalid(
        "visit-after-death",
        "Encounter.period.start",
        "after-death",
        "CON-15",
        "The visit took place after the patient's death",
        dead_before_visit(),
        quarantine=True,
    ),
    invalid(
        "birth-in-the-future",
        "Patient.birthDate",
        "future-date",
        "CON-15",
        "The patient will be born in 2031",
        edited(patient, {"birthDate": "2031-01-01"}),
        quarantine=True,
    ),
    invalid(
        "appointment-ends-before-start",
        "Appointment.end",
        "end-before-start",
        "CON-15",
        "The appointment ends before it begins, for which R4 has no rule",
        edited(
            appointment,
            {"start": "2026-07-01T14:00:00Z", "end": "2026-07-01T13:40:00Z", "status": "booked"},
            without=["cancelationReason"],
        ),
        quarantine=True,
    ),
    invalid(
        "conditional-reference-at-rest",
        "Observation.subject",
        "conditional-reference",
        "NEG-02 CON-13",
        "A reference is a search, which only entries of a transaction may have",
        edited(
            glucose,
            lambda _body, scene: {"subject": {"reference": f"Patient?identifier={MRN_SYSTEM}|{scene.chart.mrn}"}},
        ),
    ),
    invalid(
        "mangled-name",
        "Patient.name[0].family",
        "mangled-text",
        "MAP-09 CON-15",
        "The name was decoded with the wrong character set and encoded again",
        edited(patient, {"name[0].family": "Muñoz Peña".encode().decode("cp1252")}),
        quarantine=True,
    ),
)
