"""People, places, organizations and drugs that charts share, as registries have them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from synthetic.edge_cases.case import Case, Changes, Scene, added, valid
from synthetic.edge_cases.paths import Json
from synthetic.edge_cases.records import coding, nasty, record
from synthetic.edge_cases.targets import LOCAL_CODES, OTHER_HOSPITAL, absent, order, quantity

_ROLE_STATUS = "http://terminology.hl7.org/CodeSystem/v2-0116"


def compounded(scene: Scene) -> Iterator[tuple[Json, Changes]]:
    """A drug mixed by hand, and an order for it."""
    mixed = {"numerator": quantity(Decimal("2.50"), "g"), "denominator": quantity(100, "g")}
    ingredients = [
        {"itemCodeableConcept": {"text": "hydrocortisone"}, "strength": mixed, "isActive": True},
        {"itemCodeableConcept": {"text": "aqueous cream"}, "isActive": False},
    ]
    truth: Changes = {"code": {"text": "Hydrocortisone 2.50 % in aqueous cream"}, "ingredient": ingredients}
    drug = record(scene, "Medication") | truth
    yield drug, truth
    model = order(scene).body
    model.pop("medicationCodeableConcept", None)
    reference = {"reference": f"Medication/{drug['id']}"}
    ordered = model | {"id": scene.new_id("MedicationRequest"), "medicationReference": reference}
    yield ordered, {"medicationReference": reference}


CASES: tuple[Case, ...] = (
    nasty(
        "role-ended",
        "PractitionerRole.period",
        "MAP-08 CON-06",
        "Somebody no longer works here, and the record of it stays",
        {"active": False, "period": {"start": "2009-04-01", "end": "2024-12-31"}},
    ),
    nasty(
        "role-without-anybody",
        "PractitionerRole.practitioner",
        "CON-06 CON-13",
        "The role is vacant: it has a place and a telephone, and nobody in it",
        {"practitioner": None, "specialty": [{"text": "Dermatology"}]},
    ),
    nasty(
        "hours-over-midnight",
        "PractitionerRole.availableTime",
        "MAP-04 CON-06",
        "Hours of work begin at 22:00 and end at 06:00, on the day after",
        {
            "availableTime": [
                {"daysOfWeek": ["sun"], "availableStartTime": "22:00:00", "availableEndTime": "06:00:00"},
                {"daysOfWeek": ["mon", "tue"], "allDay": True},
            ]
        },
    ),
    nasty(
        "place-suspended",
        "Location.status",
        "MAP-08",
        "The place is suspended, and its beds are contaminated: it must not be offered",
        {"status": "suspended", "operationalStatus": {"system": _ROLE_STATUS, "code": "K", "display": "Contaminated"}},
    ),
    nasty(
        "place-that-is-none",
        "Location.mode",
        "CON-06",
        "It is a kind of place (any ambulance), not one that can be gone to",
        {"mode": "kind", "name": "Ambulance"},
    ),
    nasty(
        "position-near-the-date-line",
        "Location.position",
        "MAP-05 CON-06",
        "The position has all its digits, a negative latitude and nearly 180 degrees of longitude",
        {
            "position": {
                "longitude": Decimal("179.9999990"),
                "latitude": Decimal("-16.80000"),
                "altitude": Decimal("0.0"),
            }
        },
    ),
    nasty(
        "organization-of-other-names",
        "Organization.alias",
        "MAP-09 CON-06",
        "The practice has a name in another script and two further ones",
        {"name": "Клиника на Брайтон-Бич", "alias": ["Brighton Beach Clinic", "ББК"]},
    ),
    nasty(
        "organization-without-name",
        "Organization._name",
        "MAP-05 CON-06",
        "The organization has a number and no name, and says that it is unknown",
        {"name": None, "_name": absent("unknown"), "identifier": [{"system": OTHER_HOSPITAL, "value": "ORG-0001"}]},
    ),
    nasty(
        "organization-no-longer-there",
        "Organization.active",
        "MAP-08 CON-06",
        "The organization has closed; what it did still names it",
        {"active": False, "name": "Practice of the late Dr Weiß"},
    ),
    valid(
        "drug-mixed-by-hand",
        "Medication.ingredient",
        "CON-06 MAP-02 MAP-05",
        "The drug has no code and two ingredients, one without effect; 2.50 g in 100 g is what the order is for",
        added(compounded),
    ),
    nasty(
        "drug-withdrawn",
        "Medication.status",
        "MAP-08",
        "The drug is no longer in use; orders of the past still name it",
        {"status": "inactive", "code": {"text": "Phenylpropanolamine 75 mg"}},
    ),
    nasty(
        "drug-of-an-expired-batch",
        "Medication.batch",
        "MAP-05 CON-06",
        "The batch has a number with zeros in front, and expired in a month",
        {"batch": {"lotNumber": "000451-B", "expirationDate": "2025-11"}},
    ),
    nasty(
        "drug-of-a-local-formulary",
        "Medication.code",
        "MAP-02 CON-14",
        "The drug has a code of this hospital only; no RxNorm code may be guessed",
        {"code": {"coding": [{"system": LOCAL_CODES, "code": "ERX-9001"}], "text": "House mouthwash"}},
    ),
    nasty(
        "form-of-a-drug-beside-its-code",
        "Medication.form",
        "CON-06 MAP-02",
        "The form is a code of HL7 and differs from what the name says: both stay",
        {"code": {"text": "Amoxicillin tablets"}, "form": coding("v3-orderableDrugForm", "CAP", "Capsule")},
    ),
)
