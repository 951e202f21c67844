"""SIU messages of a chart: S12 booked, S15 cancelled, S26 missed (HL7 v2.5.1 chapter 10).

What is proposed or waits for a place is not booked, so nothing is said about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from synthetic.instants import NOW
from synthetic.writers.hl7v2_encoding import Element, Field, Segment
from synthetic.writers.hl7v2_event import Event, Rank
from synthetic.writers.hl7v2_patient import pd1, pid
from synthetic.writers.hl7v2_values import FACILITY, clinician, coded, entity, timestamp
from synthetic.writers.hospital_clock import epoch_seconds
from synthetic.writers.record import Body, Record

_MINUTE = ("min", "minute", "UCUM")
UNBOOKED = ("proposed", "waitlist", "entered-in-error")


class _Notice(NamedTuple):
    """What sets the messages about one appointment apart."""

    event: str
    action: str  # RGS-2, table 0206: add, delete, update
    reason: Element  # SCH-6
    status: str  # SCH-25, table 0278


def bookings(record: Record) -> Iterator[Event]:
    """The SIU messages of a chart, in no particular order."""
    for appointment in record.of_type("Appointment"):
        status = appointment["status"]
        if status in UNBOOKED or "start" not in appointment:
            continue
        created = epoch_seconds(appointment.get("created") or appointment["start"])
        booked = "Pending" if status == "pending" else "Booked"
        yield _event(record, appointment, created, _Notice("S12", "A", ("NEW", "New appointment", "L"), booked))
        if status == "cancelled":
            # The chart does not say when: half-way between the booking and the appointment (or now) is always possible.
            time = (created + min(epoch_seconds(appointment["start"]), NOW)) // 2
            reason = coded(appointment.get("cancelationReason")) or ("CANCELLED", "Cancelled", "L")
            yield _event(record, appointment, time, _Notice("S15", "D", reason, "Cancelled"))
        elif status == "noshow":
            time = epoch_seconds(appointment["end"])
            yield _event(record, appointment, time, _Notice("S26", "U", ("NOSHOW", "Did not show up", "L"), "Noshow"))


def _event(record: Record, appointment: Body, time: int, notice: _Notice) -> Event:
    segments = (
        _sch(appointment, notice, _actor(record, appointment)),
        *_notes(appointment),
        pid(record, time),
        pd1(record),
        ("RGS", {1: "1", 2: notice.action}),
        *_resources(record, appointment, notice),
    )
    return Event(time, Rank.BOOKING if notice.event == "S12" else Rank.CHANGE, f"SIU^{notice.event}^SIU_S12", segments)


def _sch(appointment: Body, notice: _Notice, contact: Element) -> Segment:
    minutes = str(appointment.get("minutesDuration", ""))
    duration = f"M{minutes}" if minutes else ""
    start, end = timestamp(appointment["start"]), timestamp(appointment["end"])
    return "SCH", {
        2: entity(appointment.get("id", "")),
        6: notice.reason,
        7: ("", appointment.get("description", "")),
        8: coded(appointment.get("appointmentType")),
        9: minutes,
        10: _MINUTE if minutes else "",
        11: ("", "", duration, start, end),
        16: contact,
        20: contact,
        25: (notice.status, notice.status, "HL70278"),
    }


def _notes(appointment: Body) -> list[Segment]:
    """What the desk and the patient are told."""
    texts = [appointment[name] for name in ("comment", "patientInstruction") if name in appointment]
    return [("NTE", {1: str(number), 2: "L", 3: text}) for number, text in enumerate(texts, 1)]


def _resources(record: Record, appointment: Body, notice: _Notice) -> Iterator[Segment]:
    """AIS, AIL and AIP, in the order of the message structure."""
    minutes = str(appointment.get("minutesDuration", ""))
    when: dict[int, Field] = {9: minutes, 10: _MINUTE if minutes else ""}
    start = timestamp(appointment["start"])
    services = appointment.get("serviceType", [])
    timed: dict[int, Field] = {number - 2: value for number, value in when.items()}
    for number, service in enumerate(services, 1):
        yield "AIS", {1: str(number), 2: notice.action, 3: coded(service), 4: start, **timed}
    where = [entry["actor"] for entry in appointment["participant"] if _is(entry, "Location")]
    for number, place in enumerate(where, 1):
        location_id = place["reference"].rpartition("/")[2]
        location: Element = ("", "", "", (FACILITY,), "", "", "", "", place.get("display", ""), (location_id, FACILITY))
        yield "AIL", {1: str(number), 2: notice.action, 3: location, 6: start, **when}
    yield "AIP", {1: "1", 2: notice.action, 3: _actor(record, appointment), 6: start, **when}


def _actor(record: Record, appointment: Body) -> Element:
    """XCN of whom the appointment is with; the facility where the record names nobody, for SCH-16 is required."""
    return clinician(record.practitioner(entry.get("actor") for entry in appointment["participant"])) or (FACILITY,)


def _is(participant: Body, resource_type: str) -> bool:
    reference: str = participant.get("actor", {}).get("reference", "")
    return reference.startswith(f"{resource_type}/")
