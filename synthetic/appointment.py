"""Appointment: what led to visits, what is to come, and what came to nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from synthetic.dice import Draw, between, pick, weighted
from synthetic.hospital import Hospital, clinic_of
from synthetic.instants import DAY, NOW, instant_text, local, weekday
from synthetic.json_template import compiled, member, raw, text
from synthetic.meta import meta
from synthetic.numbering import Numbering
from synthetic.person import Person
from synthetic.resource import Resource
from synthetic.timeline import OFFICE, Visit

_SLOT = 20 * 60
_OPEN_MINUTE = 8 * 60
_FUTURE_STATUS = weighted({"booked": 90, "pending": 4, "proposed": 2, "waitlist": 2, "cancelled": 2}, 100)


class Booking(NamedTuple):
    """One appointment; `visit` is what came of it."""

    status: str
    start: int
    minutes: int
    created: int
    practitioner: int  # number
    visit: Visit | None


def bookings(draw: Draw, person: Person, visits: Sequence[Visit]) -> tuple[Booking, ...]:
    """All appointments in order of time, one at least; nobody who has died has any to come."""
    found = [
        _led_to(draw, person, visit) for visit in visits if visit.kind == OFFICE and visit.status != "entered-in-error"
    ]
    usual = visits[-1].practitioner
    if draw() < 0.15 or (not found and person.death is not None):
        missed = _missed(draw, person, visits[-1], usual)
        if missed is not None:
            found.append(missed)
    if person.death is None:
        found += [_to_come(draw, person, usual) for _ in range(between(draw, 0 if found else 1, 2))]
    return tuple(sorted(found, key=lambda booking: booking.start))


def _led_to(draw: Draw, person: Person, visit: Visit) -> Booking:
    first_slot = local(visit.day, _OPEN_MINUTE)
    start = first_slot + (visit.start - first_slot) // _SLOT * _SLOT
    status = {"finished": "fulfilled", "in-progress": "arrived", "cancelled": "cancelled"}[visit.status]
    return Booking(status, start, 20, _created(draw, person, start), visit.practitioner, visit)


def _missed(draw: Draw, person: Person, current: Visit, practitioner: int) -> Booking | None:
    day = current.day - between(draw, 8, 22)
    day -= max(0, weekday(day) - 4)
    if day <= person.birth_day + 1:
        return None
    start = local(day, _OPEN_MINUTE) + _SLOT * between(draw, 0, 25)
    return Booking(pick(draw, ("noshow", "cancelled")), start, 20, _created(draw, person, start), practitioner, None)


def _to_come(draw: Draw, person: Person, practitioner: int) -> Booking:
    day = NOW // DAY + between(draw, 2, 180)
    day += (7 - weekday(day)) * (weekday(day) > 4)
    start = local(day, _OPEN_MINUTE) + _SLOT * between(draw, 0, 25)
    created = max(NOW - between(draw, 3600, 40 * DAY), (person.birth_day + 1) * DAY)
    return Booking(pick(draw, _FUTURE_STATUS), start, 20, min(created, NOW), practitioner, None)


def _created(draw: Draw, person: Person, start: int) -> int:
    return max(start - between(draw, 3 * 3600, 45 * DAY), min(person.birth_day * DAY + 3600, start))


_TEMPLATE = compiled(
    {
        "resourceType": "Appointment",
        "id": text("id"),
        "meta": meta(),
        "status": text("status"),
        member("reason"): "",
        "serviceType": [{"text": "Office Visit"}],
        "appointmentType": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/v2-0276",
                    "code": text("type"),
                    "display": text("type_text"),
                }
            ]
        },
        "description": "Office Visit",
        member("times"): "",
        "created": text("created"),
        "participant": [
            {"actor": raw("subject"), "required": "required", "status": text("accepted")},
            {"actor": raw("practitioner"), "required": "required", "status": "accepted"},
            {"actor": raw("location"), "required": "required", "status": "accepted"},
        ],
    }
)
_CANCELLED = (
    ',"cancelationReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason",'
    '"code":"pat","display":"Patient"}],"text":"Patient"}'
)


def appointments(numbering: Numbering, subject: str, found: Sequence[Booking], hospital: Hospital) -> list[Resource]:
    """Render bookings. `subject` is the reference to the patient as JSON."""
    rendered = []
    for ordinal, booking in enumerate(found):
        resource_id = numbering.id("Appointment", ordinal)
        routine = booking.visit is None or booking.visit.acute is None
        body = _TEMPLATE(
            id=resource_id,
            status=booking.status,
            reason=_CANCELLED if booking.status == "cancelled" else "",
            type="FOLLOWUP" if routine else "WALKIN",
            type_text="A follow up visit from a previous appointment"
            if routine
            else "A previously unscheduled walk-in visit",
            times=_times(booking),
            created=instant_text(booking.created),
            subject=subject,
            accepted="declined" if booking.status == "cancelled" else "accepted",
            practitioner=hospital.practitioner(booking.practitioner).reference,
            location=hospital.location(clinic_of(booking.practitioner)),
        )
        rendered.append(Resource("Appointment", resource_id, body.encode()))
    return rendered


def _times(booking: Booking) -> str:
    end = booking.start + booking.minutes * 60
    start_text, end_text = instant_text(booking.start), instant_text(end)
    return f',"start":"{start_text}","end":"{end_text}","minutesDuration":{booking.minutes}'


def led_to_visits(found: Sequence[Booking]) -> dict[int, int]:
    """Visit ordinal to appointment ordinal."""
    return {booking.visit.ordinal: ordinal for ordinal, booking in enumerate(found) if booking.visit}
