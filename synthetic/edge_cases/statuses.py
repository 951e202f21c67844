"""Statuses: what was retracted, refuted, corrected, cancelled, or must not be done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from synthetic.edge_cases.bookings import new_booking
from synthetic.edge_cases.case import Case, Changes, Scene, added, edited, one_more, valid
from synthetic.edge_cases.paths import Json
from synthetic.edge_cases.targets import allergy, condition, glucose, order, potassium, visit, weight

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"


def verification(resource_type: str, code: str) -> dict[str, Any]:
    """How sure a statement is."""
    name = "condition-ver-status" if resource_type == "Condition" else "allergyintolerance-verification"
    return {"verificationStatus": {"coding": [{"system": _TERMINOLOGY + name, "code": code}]}}


def told(body: Json) -> tuple[Json, Changes]:
    """An appointment, and what of it is the truth in question."""
    return body, {name: body[name] for name in ("status", "start", "end")}


def double_booking(scene: Scene) -> Iterator[tuple[Json, Changes]]:
    """Two appointments of the same people at overlapping times."""
    yield told(new_booking(scene, 0, "booked", "2026-07-01T14:00:00Z", "2026-07-01T14:20:00Z", 20))
    yield told(new_booking(scene, 1, "booked", "2026-07-01T14:10:00Z", "2026-07-01T14:30:00Z", 20))


def missed_and_moved(scene: Scene) -> Iterator[tuple[Json, Changes]]:
    """A chain: missed, booked again, cancelled by the patient, proposed once more."""
    days = (("noshow", "2026-06-01"), ("cancelled", "2026-06-08"), ("booked", "2026-07-06"))
    for number, (status, day) in enumerate(days):
        body = new_booking(scene, number, status, f"{day}T13:00:00Z", f"{day}T13:20:00Z", 20)
        if status == "cancelled":
            body["cancelationReason"] = {"text": "Patient"}
        yield told(body)


def without_times(scene: Scene) -> Iterator[tuple[Json, Changes]]:
    """A wish for an appointment that has no time yet."""
    body = new_booking(scene, 0, "proposed", "", "", 20)
    for name in ("start", "end", "minutesDuration"):
        del body[name]
    body["requestedPeriod"] = [{"start": "2026-07-01", "end": "2026-07-31"}]
    yield body, {"status": "proposed", "start": None, "requestedPeriod": body["requestedPeriod"]}


CASES: tuple[Case, ...] = (
    valid(
        "result-entered-in-error",
        "Observation.status",
        "MAP-08",
        "The result was retracted; the status has to travel with it, and it is no current fact",
        edited(glucose, {"status": "entered-in-error"}),
    ),
    valid(
        "condition-entered-in-error",
        "Condition.verificationStatus",
        "MAP-08",
        "The diagnosis was retracted and has no clinical status",
        edited(
            condition,
            verification("Condition", "entered-in-error"),
            without=["clinicalStatus", "abatementDateTime"],
        ),
    ),
    valid(
        "allergy-entered-in-error",
        "AllergyIntolerance.verificationStatus",
        "MAP-08",
        "The allergy was retracted and has no clinical status",
        edited(allergy, verification("AllergyIntolerance", "entered-in-error"), without=["clinicalStatus"]),
    ),
    valid(
        "order-entered-in-error",
        "MedicationRequest.status",
        "MAP-08",
        "The order was retracted: the patient is not to get the drug",
        edited(order, {"status": "entered-in-error"}, without=["statusReason"]),
    ),
    valid(
        "visit-entered-in-error",
        "Encounter.status",
        "MAP-08 MAP-07",
        "The visit never took place",
        one_more(visit, {"status": "entered-in-error", "period": {"start": "2026-06-15T12:00:00Z"}}),
    ),
    valid(
        "condition-refuted",
        "Condition.verificationStatus",
        "MAP-08",
        "The diagnosis was ruled out: the patient does not have it",
        edited(condition, verification("Condition", "refuted")),
    ),
    valid(
        "allergy-refuted",
        "AllergyIntolerance.verificationStatus",
        "MAP-08",
        "The allergy was ruled out by a test",
        edited(allergy, verification("AllergyIntolerance", "refuted")),
    ),
    valid(
        "condition-of-a-doubt",
        "Condition.verificationStatus",
        "MAP-08",
        "The diagnosis is one of several that are possible (differential)",
        edited(condition, verification("Condition", "differential")),
    ),
    valid(
        "result-amended",
        "Observation.status",
        "MAP-08",
        "The result was changed after it had been final; its number may differ from an earlier copy",
        edited(glucose, {"status": "amended"}),
    ),
    valid(
        "result-corrected",
        "Observation.status",
        "MAP-08",
        "The result was corrected because it had been wrong",
        edited(potassium, {"status": "corrected"}),
    ),
    valid(
        "result-preliminary",
        "Observation.status",
        "MAP-08",
        "The result is not verified yet",
        edited(potassium, {"status": "preliminary"}),
    ),
    valid(
        "result-of-unknown-status",
        "Observation.status",
        "MAP-08",
        "Nobody knows the status, which is not the same as final",
        edited(weight, {"status": "unknown"}),
    ),
    valid(
        "order-not-to-do",
        "MedicationRequest.doNotPerform",
        "MAP-08 CON-06",
        "The order forbids the drug: dropping one element turns it into its opposite",
        edited(order, {"doNotPerform": True, "intent": "order", "status": "active"}, without=["statusReason"]),
    ),
    valid(
        "order-on-hold",
        "MedicationRequest.status",
        "MAP-08",
        "The order is on hold and says why",
        edited(order, {"status": "on-hold", "statusReason": {"text": "Held before a procedure"}}),
    ),
    valid(
        "order-as-proposal",
        "MedicationRequest.intent",
        "MAP-08",
        "It is a proposal, not an order",
        edited(order, {"intent": "proposal", "status": "draft"}, without=["statusReason"]),
    ),
    valid(
        "condition-resolved",
        "Condition.clinicalStatus",
        "MAP-08",
        "The condition is over, and the record has no date for it",
        edited(
            condition,
            {
                "clinicalStatus": {
                    "coding": [{"system": _TERMINOLOGY + "condition-clinical", "code": "resolved"}],
                }
            }
            | verification("Condition", "confirmed"),
        ),
    ),
    valid(
        "visit-planned",
        "Encounter.status",
        "MAP-07",
        "The visit is planned and has no period",
        one_more(visit, {"status": "planned", "period": None}, without=["appointment"]),
    ),
    valid(
        "visit-on-leave",
        "Encounter.status",
        "MAP-07",
        "The patient is on leave and still admitted",
        one_more(visit, {"status": "onleave"}),
    ),
    valid(
        "double-booked",
        "Appointment.start",
        "CON-06 CON-07",
        "Two booked appointments of the same patient and practitioner overlap; both stand",
        added(double_booking),
    ),
    valid(
        "missed-cancelled-booked-again",
        "Appointment.status",
        "MAP-08",
        "Three appointments for one visit: missed, cancelled, booked; the last one counts",
        added(missed_and_moved),
    ),
    valid(
        "appointment-without-time",
        "Appointment.status",
        "MAP-05",
        "A proposed appointment has a wished month and no time",
        added(without_times),
    ),
)
