"""References in all legal manners."""

from __future__ import annotations

from synthetic.edge_cases.case import Case, Changes, Scene, edited, one_more, valid
from synthetic.edge_cases.paths import Json
from synthetic.edge_cases.targets import ELSEWHERE, OTHER_HOSPITAL, glucose, order, patient, visit

_DRUG = {
    "coding": [
        {
            "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
            "code": "197361",
            "display": "amlodipine 5 MG Oral Tablet",
        }
    ]
}


def contained_drug(body: Json, _scene: Scene) -> Changes:
    """The drug as a contained Medication."""
    drug = {"resourceType": "Medication", "id": "drug", "code": body.get("medicationCodeableConcept", _DRUG)}
    return {
        "medicationCodeableConcept": None,
        "contained": [drug],
        "medicationReference": {"reference": "#drug"},
    }


def two_contained(body: Json, _scene: Scene) -> Changes:
    """A contained prescriber and the practice that the prescriber works for, one referring to the other."""
    return {
        "contained": [
            {"resourceType": "Organization", "id": "practice", "name": "Practice of the late Dr Weiß"},
            {
                "resourceType": "PractitionerRole",
                "id": "prescriber",
                "practitioner": {"display": "Dr Weiß"},
                "organization": {"reference": "#practice"},
            },
        ],
        "requester": {"reference": "#prescriber", "display": body["requester"]["display"]},
    }


def versioned(body: Json, _scene: Scene) -> Changes:
    """The diagnosis an order is for, as it was at version 3."""
    return {"reasonReference[0].reference": body["reasonReference"][0]["reference"] + "/_history/3"}


CASES: tuple[Case, ...] = (
    valid(
        "contained-medication",
        "MedicationRequest.medicationReference",
        "MAP-10 CON-06",
        "The drug is a resource inside the order, and has no address of its own",
        edited(order, contained_drug),
    ),
    valid(
        "contained-prescriber-and-practice",
        "MedicationRequest.requester",
        "CON-06",
        "The prescriber is a resource inside the order and refers to a second one there",
        edited(order, two_contained),
    ),
    valid(
        "reference-to-another-server",
        "MedicationRequest.requester.reference",
        "NEG-05 CON-13",
        "The prescriber is at another server, by absolute URL: it stays, and the gateway never calls it",
        edited(order, {"requester.reference": f"{ELSEWHERE}/Practitioner/p-77"}),
    ),
    valid(
        "reference-by-uuid",
        "MedicationRequest.requester.reference",
        "CON-13",
        "The prescriber is a UUID, which no server resolves",
        edited(order, {"requester.reference": "urn:uuid:3f2f9c1e-77aa-4f0e-9b1d-0d6f1a2b3c4d"}),
    ),
    valid(
        "reference-by-identifier",
        "MedicationRequest.requester.identifier",
        "CON-13 MAP-06",
        "The prescriber is named by an identifier instead of an address",
        edited(
            order,
            {"requester": {"type": "Practitioner", "identifier": {"system": OTHER_HOSPITAL, "value": "DOC-0042"}}},
        ),
    ),
    valid(
        "reference-by-display",
        "MedicationRequest.requester.display",
        "CON-13",
        "The prescriber is a name, and nothing leads to a record",
        edited(order, {"requester": {"display": "Dr Weiß (locum)"}}),
    ),
    valid(
        "reference-to-a-version",
        "MedicationRequest.reasonReference.reference",
        "CON-13",
        "The reference names a version of the diagnosis",
        edited(order, versioned),
    ),
    valid(
        "reference-with-type",
        "Observation.subject.type",
        "CON-13",
        "The reference names the type of its target, too",
        edited(glucose, {"subject.type": "Patient"}),
    ),
    valid(
        "visit-within-a-visit",
        "Encounter.partOf",
        "MAP-07 CON-13",
        "A visit is part of another visit of the same patient",
        one_more(
            visit,
            lambda body, scene: {
                "partOf": {"reference": visit(scene).reference},
                "status": "finished",
                "period": {"start": body["period"]["start"], "end": body["period"]["start"]},
            },
        ),
    ),
    valid(
        "patient-link-to-a-stranger",
        "Patient.link",
        "MAP-06 AUT-05",
        "The record points to one of somebody else that may be about the same person (seealso): they stay two",
        edited(
            patient,
            lambda _body, scene: {
                "link": [
                    {
                        "other": {"reference": f"Patient/{scene.identity.resource_id('Patient', scene.stranger)}"},
                        "type": "seealso",
                    }
                ]
            },
        ),
    ),
)
