"""When someone was seen: visits from the oldest to the one that is going on now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synthetic.clinic_hours import BOOKABLE_SLOTS, MORNING_SLOTS, bookable, slot_start
from synthetic.codes.arrivals import EMERGENCY_HOURS
from synthetic.codes.illness import ADMISSIONS, Acute, acute_pool
from synthetic.dice import Draw, between, pick, weighted
from synthetic.hospital import TEAM
from synthetic.instants import DAY, NOW, TODAY, age_on, local, weekday
from synthetic.person import Person

OFFICE, TELEPHONE, EMERGENCY, ADMISSION = "office", "telephone", "emergency", "admission"
_PAST_KINDS = weighted({OFFICE: 86, TELEPHONE: 5, EMERGENCY: 7, ADMISSION: 2}, 100)
_CURRENT_KINDS = weighted({OFFICE: 88, EMERGENCY: 5, ADMISSION: 7}, 100)
_HOUR = 3600


@dataclass(slots=True, eq=False)
class Visit:
    """One encounter. `end` is None while it goes on.

    `acute` is the new illness that led to it, if one did.
    """

    ordinal: int
    kind: str
    status: str  # finished, in-progress, cancelled, entered-in-error
    start: int
    end: int | None
    acute: Acute | None
    practitioner: int  # number
    day: int  # the UTC day on which it began
    happened: bool  # whether anything can have been found, diagnosed or prescribed in it

    @property
    def measured(self) -> bool:
        """Whether vital signs were taken in it."""
        return self.happened and self.kind != TELEPHONE


def visits(draw: Draw, person: Person, practitioner: int) -> tuple[Visit, ...]:
    """All visits in order of time; the last is in progress. Nothing lies before birth or after death.

    Who is old enough was here before for something that left measurements, so that every chart has two days of them.
    `practitioner` is the number of the usual one; now and then a colleague of the same clinic stands in.
    """
    kind, start = _current(draw, person)
    days = _past_days(draw, person, start // DAY)
    team = practitioner // TEAM * TEAM
    found: list[Visit] = []
    measured = False
    for ordinal, day in enumerate(reversed(days)):
        clinician = practitioner if draw() < 0.7 else team + int(draw() * TEAM)
        plain = not measured and ordinal == len(days) - 1
        visit = _past(draw, person, ordinal, day, clinician, plain=plain)
        measured = measured or visit.measured
        found.append(visit)
    acute = pick(draw, _acute_pool(person, kind, person.last_day))
    today = Visit(len(found), kind, "in-progress", start, None, acute, practitioner, start // DAY, True)
    return (*found, today)


def first_that_happened(visits: Sequence[Visit]) -> Visit:
    """The first visit in which anything could be found; the visit in progress is one."""
    for visit in visits:
        if visit.happened:
            return visit
    raise ValueError("no visit in which anything happened: the one in progress is missing")


def _past_days(draw: Draw, person: Person, day: int) -> list[int]:
    """Working days on which someone was here before, the newest first."""
    shortest, longest = (20, 60) if person.last_day - person.birth_day < 2 * 365 else (25, 300)
    days = []
    for _ in range(_how_many(draw, person.age)):
        day -= between(draw, shortest, longest)
        day -= max(0, weekday(day) - 4)
        if day < person.birth_day + 3:
            break
        days.append(day)
    return days


def _how_many(draw: Draw, age: int) -> int:
    more = 0.1 if age < 45 else 0.3 if age < 65 else 0.6
    return 1 + (draw() < more) + (draw() < more / 4)


def _past(draw: Draw, person: Person, ordinal: int, day: int, clinician: int, *, plain: bool) -> Visit:
    """A visit of the past; a plain one is an office visit that took place."""
    kind = OFFICE if plain else pick(draw, _PAST_KINDS)
    if kind in (OFFICE, TELEPHONE):
        start = slot_start(day, bookable(int(draw() * BOOKABLE_SLOTS))) + 60 * between(draw, 0, 10)
        end = start + 60 * between(draw, 15, 40)
    else:
        start = local(day, 60 * pick(draw, EMERGENCY_HOURS) + int(draw() * 60))
        end = start + (60 * between(draw, 120, 480) if kind == EMERGENCY else _HOUR * between(draw, 24, 144))
    chance = draw()
    status = "finished" if plain or chance > 0.06 else "cancelled" if chance > 0.02 else "entered-in-error"
    finished = status == "finished"
    acute = pick(draw, _acute_pool(person, kind, day)) if kind == EMERGENCY or draw() < 0.3 else None
    return Visit(ordinal, kind, status, start, end, acute if finished else None, clinician, start // DAY, finished)


def _current(draw: Draw, person: Person) -> tuple[str, int]:
    """Of the visit that goes on: what it is and when it began."""
    born = person.birth_day
    if person.death is not None:
        return ADMISSION, max(person.death - 60 * between(draw, 180, 7200), (born + 1) * DAY)
    if person.last_day - born < 3:
        return ADMISSION, born * DAY + 60 * between(draw, 0, 600)
    kind = pick(draw, _CURRENT_KINDS)
    return kind, max(_current_start(draw, kind), (born + 1) * DAY)


def _current_start(draw: Draw, kind: str) -> int:
    if kind == OFFICE:
        return slot_start(TODAY, between(draw, 0, MORNING_SLOTS - 1)) + 60 * between(draw, 0, 10)
    return NOW - 60 * (between(draw, 120, 480) if kind == EMERGENCY else between(draw, 180, 8000))


def _acute_pool(person: Person, kind: str, day: int) -> tuple[Acute, ...]:
    age = age_on(person.birth_day, day)
    return ADMISSIONS if kind == ADMISSION and age >= 18 else acute_pool(person.sex, age)
