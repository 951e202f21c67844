"""Appointment (R4; US Core has no profile of it)."""

from __future__ import annotations

from synthetic.bookings import Booking, slot_of
from synthetic.clinic_hours import SLOT_MINUTES
from synthetic.draft import Draft
from synthetic.hospital import Hospital, clinic_of
from synthetic.instants import instant_text
from synthetic.json_template import member, piecewise, raw, text
from synthetic.meta import meta
from synthetic.story import Frame, Story

_TEMPLATE = piecewise(
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
        "start": text("start"),
        "end": text("end"),
        "minutesDuration": SLOT_MINUTES,
        member("slot"): "",
        "created": text("created"),
        member("comment"): "",
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


_TYPES = {
    "FOLLOWUP": "A follow up visit from a previous appointment",
    "ROUTINE": "Routine appointment - default if not valued",
    "WALKIN": "A previously unscheduled walk-in visit",
}
_AGAIN = ',"comment":"Rescheduled after a missed appointment"'


def appointments(story: Story, frame: Frame) -> list[Draft]:
    """Render bookings."""
    rendered = []
    ids = frame.numbering.ids("Appointment", len(story.bookings))
    for resource_id, booking in zip(ids, story.bookings, strict=True):
        code, cancelled = _type(booking), booking.status == "cancelled"
        body = _TEMPLATE(
            id=resource_id,
            status=booking.status,
            reason=_CANCELLED if cancelled else "",
            type=code,
            type_text=_TYPES[code],
            start=instant_text(booking.start),
            end=instant_text(booking.start + SLOT_MINUTES * 60),
            slot=_slot(frame.hospital, booking),
            created=instant_text(booking.created),
            comment=_AGAIN if booking.again else "",
            subject=frame.subject,
            accepted="declined" if cancelled else "accepted",
            practitioner=frame.hospital.practitioner(booking.practitioner).reference,
            location=frame.hospital.location(clinic_of(booking.practitioner)),
        )
        rendered.append(("Appointment", resource_id, body))
    return rendered


def _type(booking: Booking) -> str:
    if booking.visit is None or booking.visit.acute is None:
        return "FOLLOWUP"
    return "WALKIN" if booking.start - booking.created < 4 * 3600 else "ROUTINE"


def _slot(hospital: Hospital, booking: Booking) -> str:
    number = slot_of(booking, booking.practitioner)
    if number is None:
        return ""
    return f',"slot":[{{"reference":"Slot/{hospital.identity.resource_id("Slot", booking.practitioner, number)}"}}]'
