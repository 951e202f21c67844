"""Elements that R4 does not allow here, that are missing, repeated, or in conflict with each other."""

from __future__ import annotations

from synthetic.edge_cases.case import Case, Changes, Edit, Scene, Target, edited, invalid
from synthetic.edge_cases.paths import Json
from synthetic.edge_cases.targets import (
    absent,
    allergy,
    appointment,
    condition,
    glucose,
    order,
    patient,
    potassium,
    pressure,
    quantity,
    visit,
    weight,
)

_REQUIREMENTS = "NEG-02 CON-15 CON-04"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


def wrong(name: str, where: str, rule: str, sentence: str, target: Target, edit: Edit) -> Case:
    """A case of one wrong element."""
    return invalid(name, where, rule, _REQUIREMENTS, sentence, edited(target, edit))


def misspelt(body: Json, _scene: Scene) -> Changes:
    """The birthday under a name in the wrong case."""
    return {"birthDate": None, "birthdate": body["birthDate"]}


def one_name(body: Json, _scene: Scene) -> Changes:
    """The first name where a list of names is due."""
    return {"name": body["name"][0]}


def listed_status(body: Json, _scene: Scene) -> Changes:
    """The status in a list."""
    return {"status": [body["status"]]}


def backwards(_body: Json, _scene: Scene) -> Changes:
    """A visit that ends before it begins."""
    return {"period": {"start": "2026-06-15T12:00:00Z", "end": "2026-06-15T11:59:59Z"}}


def subject_of_wrong_type(_body: Json, scene: Scene) -> Changes:
    """An allergy of a practitioner."""
    return {"patient": {"reference": "Practitioner/" + scene.identity.resource_id("Practitioner", 0)}}


def nested(_body: Json, _scene: Scene) -> Changes:
    """A contained resource that contains another."""
    inner = {"resourceType": "Organization", "id": "inner", "name": "Inner"}
    outer = {"resourceType": "Organization", "id": "outer", "name": "Outer", "contained": [inner]}
    return {"contained": [outer], "requester": {"reference": "#outer"}}


CASES: tuple[Case, ...] = (
    wrong(
        "element-misspelt", "Patient.birthdate", "unknown-element", "An element is in the wrong case", patient, misspelt
    ),
    wrong(
        "element-of-another-version",
        "MedicationRequest.medication",
        "unknown-element",
        "The drug is an element of R5",
        order,
        {"medication": {"concept": {"text": "amlodipine 5 mg"}}},
    ),
    wrong(
        "element-of-a-vendor",
        "Encounter.departmentId",
        "unknown-element",
        "A vendor's own field stands beside the elements of R4",
        visit,
        {"departmentId": 4711},
    ),
    wrong("status-missing", "Observation.status", "required", "There is no status", weight, {"status": None}),
    wrong("code-missing", "Observation.code", "required", "There is no code", potassium, {"code": None}),
    wrong("class-missing", "Encounter.class", "required", "There is no class", visit, {"class": None}),
    wrong("subject-missing", "Condition.subject", "required", "There is no subject", condition, {"subject": None}),
    wrong(
        "drug-missing",
        "MedicationRequest.medication[x]",
        "required",
        "There is no drug",
        order,
        {"medicationCodeableConcept": None, "medicationReference": None},
    ),
    wrong(
        "participant-missing",
        "Appointment.participant",
        "required",
        "Nobody takes part",
        appointment,
        {"participant": None},
    ),
    wrong("list-as-object", "Patient.name", "cardinality", "One name stands where a list is due", patient, one_name),
    wrong("code-as-list", "Observation.status", "type", "A list stands where one code is due", weight, listed_status),
    wrong("empty-list", "Patient.telecom", "empty", "A list is empty", patient, {"telecom": []}),
    wrong("empty-object", "Patient.maritalStatus", "ele-1", "An object is empty", patient, {"maritalStatus": {}}),
    wrong(
        "null-in-list",
        "Patient.name[0].given[1]",
        "null",
        "A list has a null without an extension beside it",
        patient,
        {"name[0].given": ["Alex", None]},
    ),
    wrong(
        "two-values",
        "Observation.value[x]",
        "choice",
        "The result has two values",
        glucose,
        {"valueQuantity": quantity(91, "mg/dL"), "valueString": "91 mg/dL"},
    ),
    wrong(
        "two-deaths",
        "Patient.deceased[x]",
        "choice",
        "The patient is not dead, and died in January",
        patient,
        {"deceasedBoolean": False, "deceasedDateTime": "2026-01"},
    ),
    wrong(
        "value-and-reason-for-none",
        "Observation",
        "obs-6",
        "The result has a value and a reason for having none",
        glucose,
        {"valueQuantity": quantity(91, "mg/dL"), "dataAbsentReason": {"text": "not done"}},
    ),
    wrong(
        "component-repeats-code",
        "Observation",
        "obs-7",
        "A component has the code of the whole, and both have a value",
        pressure,
        lambda body, _scene: {"component[0].code": body["code"], "valueQuantity": quantity(120, "mmHg", "mm[Hg]")},
    ),
    wrong(
        "end-before-start",
        "Encounter.period",
        "per-1",
        "The visit ends before it begins",
        visit,
        backwards,
    ),
    wrong(
        "unit-code-without-system",
        "Observation.valueQuantity",
        "qty-3",
        "The unit has a code and no system",
        weight,
        {"valueQuantity": {"value": 72, "code": "kg"}},
    ),
    wrong(
        "reference-to-wrong-type",
        "AllergyIntolerance.patient",
        "reference-target",
        "The allergy is one of a practitioner",
        allergy,
        subject_of_wrong_type,
    ),
    wrong(
        "reference-that-is-none",
        "Condition.subject.reference",
        "reference-format",
        "A reference is neither Type/id nor a URL",
        condition,
        {"subject.reference": "12345"},
    ),
    wrong(
        "contained-resource-missing",
        "MedicationRequest.requester.reference",
        "ref-1",
        "A reference names a contained resource that is not there",
        order,
        {"requester": {"reference": "#nobody"}},
    ),
    wrong(
        "contained-in-contained",
        "MedicationRequest.contained[0].contained",
        "dom-2",
        "A contained resource contains another",
        order,
        nested,
    ),
    wrong(
        "extension-with-value-and-children",
        "Patient.extension[0]",
        "ext-1",
        "An extension has a value and extensions of its own",
        patient,
        {"extension[0].valueString": "both"},
    ),
    wrong(
        "extension-without-url",
        "Patient.extension[0].url",
        "required",
        "An extension does not say what it is",
        patient,
        {"extension[0].url": None},
    ),
    wrong(
        "extension-in-place-of-status",
        "Observation._status",
        "binding",
        "The status is replaced by an extension, which a required code forbids",
        weight,
        {"status": None, "_status": absent("unknown")},
    ),
    wrong(
        "retracted-and-active",
        "Condition",
        "con-5",
        "A retracted diagnosis has a clinical status",
        condition,
        {
            "verificationStatus": {"coding": [{"system": _VERIFICATION, "code": "entered-in-error"}]},
            "clinicalStatus": {
                "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
            },
            "abatementDateTime": None,
        },
    ),
    wrong(
        "over-and-active",
        "Condition",
        "con-4",
        "A condition has ended and is active",
        condition,
        {
            "clinicalStatus": {
                "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
            },
            "verificationStatus": {"coding": [{"system": _VERIFICATION, "code": "confirmed"}]},
            "abatementString": "last spring",
            "abatementDateTime": None,
        },
    ),
    wrong(
        "contact-without-details",
        "Patient.contact[0]",
        "pat-1",
        "A contact has a relationship and no way to reach anybody",
        patient,
        {"contact": [{"gender": "female"}]},
    ),
)
