"""When someone was seen: visits from the oldest to the one that is going on now."""

from __future__ import annotations

from typing import NamedTuple

from synthetic.clinic_hours import BOOKABLE_SLOTS, MORNING_SLOTS, bookable, slot_start
from synthetic.codes.illness import ADMISSIONS, Acute, acute_pool
from synthetic.dice import Draw, between, pick, weighted
from synthetic.hospital import TEAM
from synthetic.instants import DAY, NOW, TODAY, age_on, local, weekday
from synthetic.person import Person

OFFICE, TELEPHONE, EMERGENCY, ADMISSION = "office", "telephone", "emergency", "admission"
_PAST_KINDS = weighted({OFFICE: 86, TELEPHONE: 5, EMERGENCY: 7, ADMISSION: 2}, 100)
_CURRENT_KINDS = weighted({OFFICE: 88, EMERGENCY: 5, ADMISSION: 7}, 100)
_HOUR = 3600


class Visit(NamedTuple):
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

    @property
    def day(self) -> int:
        """The UTC day on which it began."""
        return self.start // DAY

    @property
    def happened(self) -> bool:
        """Whether anything can have been found, diagnosed or prescribed in it."""
        return self.status in ("finished", "in-progress")


def visits(draw: Draw, person: Person, practitioner: int) -> tuple[Visit, ...]:
    """All visits in order of time; the last is in progress. Nothing lies before birth or after death.

    `practitioner` is the number of the usual one; now and then a colleague of the same clinic stands in.
    """
    current = _current(draw, person, practitioner)
    past: list[Visit] = []
    team = practitioner // TEAM * TEAM
    day = current.day
    infant = person.last_day - person.birth_day < 2 * 365
    for _ in range(_how_many(draw, person)):
        day -= between(draw, 20, 60) if infant else between(draw, 25, 300)
        day -= max(0, weekday(day) - 4)
        if day < person.birth_day + 3:
            break
        clinician = practitioner if draw() < 0.7 else team + int(draw() * TEAM)
        past.append(_past(draw, person, day, clinician))
    ordered = [*reversed(past), current]
    return tuple(Visit(ordinal, *visit[1:]) for ordinal, visit in enumerate(ordered))


def _how_many(draw: Draw, person: Person) -> int:
    age = person.age
    return between(draw, 1, 3) + (age >= 45) + (age >= 65) * between(draw, 0, 2)


def _past(draw: Draw, person: Person, day: int, clinician: int) -> Visit:
    kind = pick(draw, _PAST_KINDS)
    if kind in (OFFICE, TELEPHONE):
        start = slot_start(day, bookable(between(draw, 0, BOOKABLE_SLOTS - 1))) + 60 * between(draw, 0, 10)
        end = start + 60 * between(draw, 15, 40)
    else:
        start = local(day, between(draw, 0, 1439))
        end = start + (60 * between(draw, 120, 480) if kind == EMERGENCY else _HOUR * between(draw, 24, 144))
    chance = draw()
    status = "finished" if chance > 0.04 else "cancelled" if chance > 0.01 else "entered-in-error"
    acute = pick(draw, _acute_pool(person, kind, day)) if draw() < 0.45 or kind == EMERGENCY else None
    return Visit(0, kind, status, start, end, acute if status == "finished" else None, clinician)


def _current(draw: Draw, person: Person, clinician: int) -> Visit:
    day = person.last_day
    if person.death is not None:
        kind = ADMISSION
        start = max(person.death - 60 * between(draw, 180, 7200), (person.birth_day + 1) * DAY)
    elif day - person.birth_day < 3:
        kind = ADMISSION
        start = person.birth_day * DAY + 60 * between(draw, 0, 600)
    else:
        kind = pick(draw, _CURRENT_KINDS)
        start = _current_start(draw, kind)
        start = max(start, (person.birth_day + 1) * DAY)
    acute = pick(draw, _acute_pool(person, kind, day))
    return Visit(0, kind, "in-progress", start, None, acute, clinician)


def _current_start(draw: Draw, kind: str) -> int:
    if kind == OFFICE:
        return slot_start(TODAY, between(draw, 0, MORNING_SLOTS - 1)) + 60 * between(draw, 0, 10)
    return NOW - 60 * (between(draw, 120, 480) if kind == EMERGENCY else between(draw, 180, 8000))


def _acute_pool(person: Person, kind: str, day: int) -> tuple[Acute, ...]:
    age = age_on(person.birth_day, day)
    return ADMISSIONS if kind == ADMISSION and age >= 18 else acute_pool(person.sex, age)
