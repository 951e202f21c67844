"""What was booked: what led to visits, what is to come, and what came to nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synthetic.clinic_hours import BOOKABLE_SLOTS, bookable, slot_at, slot_number, slot_start
from synthetic.dice import Draw, between, pick, weighted
from synthetic.instants import DAY, NOW, TODAY, weekday
from synthetic.person import Person
from synthetic.timeline import OFFICE, Visit

_FUTURE_STATUS = weighted({"booked": 90, "pending": 4, "proposed": 2, "waitlist": 2, "cancelled": 2}, 100)
_WITHOUT_SLOT = frozenset({"proposed", "waitlist", "cancelled"})
_HOUR = 3600


@dataclass(slots=True, eq=False)
class Booking:
    """One appointment; `visit` is what came of it, `again` says that it stands in for one that was missed."""

    status: str
    start: int
    created: int
    practitioner: int  # number
    visit: Visit | None
    again: bool = False


def bookings(draw: Draw, person: Person, visits: Sequence[Visit]) -> tuple[Booking, ...]:
    """All appointments in order of time, one at least; nobody who has died has any to come.

    Missed appointments are followed by another one.
    """
    found = [
        _led_to(draw, person, visit) for visit in visits if visit.kind == OFFICE and visit.status != "entered-in-error"
    ]
    usual = visits[-1].practitioner
    missed = draw() < 0.15 or (not found and person.death is not None)
    if missed:
        found += _missed(draw, person, visits[-1], usual)
    if person.death is None:
        count = 2 if draw() < 0.1 else 1 if missed or not found else int(draw() * 2)
        found += [_to_come(draw, person, usual, again=missed and nth == 0) for nth in range(count)]
    return tuple(sorted(found, key=lambda booking: booking.start))


def slot_of(booking: Booking, practitioner: int) -> int | None:
    """The number of the slot a booking takes in a practitioner's schedule; None when it takes none."""
    if booking.practitioner != practitioner or booking.status in _WITHOUT_SLOT:
        return None
    day = booking.start // DAY
    return slot_number(day, slot_at(day, booking.start))


def _led_to(draw: Draw, person: Person, visit: Visit) -> Booking:
    start = slot_start(visit.day, slot_at(visit.day, visit.start))
    status = {"finished": "fulfilled", "in-progress": "arrived", "cancelled": "cancelled"}[visit.status]
    ahead = between(draw, _HOUR // 2, 2 * DAY) if visit.acute else between(draw, 2 * DAY, 45 * DAY)
    return Booking(status, start, _created(person, start - ahead, start), visit.practitioner, visit)


def _missed(draw: Draw, person: Person, current: Visit, practitioner: int) -> list[Booking]:
    day = current.day - between(draw, 8, 22)
    day -= max(0, weekday(day) - 4)
    start = slot_start(day, bookable(between(draw, 0, BOOKABLE_SLOTS - 1)))
    status, ahead = pick(draw, ("noshow", "cancelled")), between(draw, 2 * DAY, 45 * DAY)
    if day <= person.birth_day + 1:
        return []
    return [Booking(status, start, _created(person, start - ahead, start), practitioner, None)]


def _to_come(draw: Draw, person: Person, practitioner: int, *, again: bool) -> Booking:
    day = TODAY + (between(draw, 2, 25) if again else between(draw, 2, 180))
    day += (7 - weekday(day)) * (weekday(day) > 4)
    start = slot_start(day, bookable(between(draw, 0, BOOKABLE_SLOTS - 1)))
    created = _created(person, NOW - between(draw, _HOUR, 7 * DAY if again else 40 * DAY), NOW)
    status = "booked" if again else pick(draw, _FUTURE_STATUS)
    return Booking(status, start, created, practitioner, None, again)


def _created(person: Person, wanted: int, latest: int) -> int:
    """When it was made: never before the patient was a day old, and never after `latest`."""
    return min(latest, max(wanted, (person.birth_day + 1) * DAY))


def led_to_visits(found: Sequence[Booking]) -> dict[int, int]:
    """Visit ordinal to appointment ordinal."""
    return {booking.visit.ordinal: ordinal for ordinal, booking in enumerate(found) if booking.visit}
