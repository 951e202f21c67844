"""Schedules and their slots: very full days, repeated hours, calendars of rooms, slots that are none."""

from __future__ import annotations

from collections.abc import Iterator

from synthetic.edge_cases.case import Apply, Case, Changes, Scene, added, both, valid
from synthetic.edge_cases.paths import Json, put
from synthetic.edge_cases.records import Edit, nasty, place, record, with_record
from synthetic.instants import day, instant_text, local

_SLOTS, _MINUTES, _OPENS = 300, 3, 7 * 60  # from seven in the morning to ten at night
_DAY = "2026-07-06"


def full_day(scene: Scene) -> Iterator[tuple[Json, Changes]]:
    """A calendar and three hundred slots of one day, every third of them free."""
    yield record(scene, "Schedule"), {"planningHorizon": None}
    for number in range(_SLOTS):
        start = local(day(_DAY), _OPENS + number * _MINUTES)
        truth: Changes = {
            "start": instant_text(start),
            "end": instant_text(start + 60 * _MINUTES),
            "status": "busy" if number % 3 else "free",
        }
        yield record(scene, "Slot", number) | truth, truth


def slot(name: str, where: str, requirements: str, sentence: str, edit: Edit) -> Case:
    """A case of one slot in a calendar of its own."""
    return valid(name, where, requirements, sentence, both(_calendar(), with_record("Slot", edit)))


def _calendar() -> Apply:
    return with_record("Schedule", {"active": True})


def room(_body: Json, scene: Scene) -> Changes:
    """A place as the only actor."""
    return {"actor": [place(scene)]}


def moved(body: Json, scene: Scene) -> Changes:
    """The calendar under its second id, whose slots the first one still names."""
    put(body, "active", None)
    return {"active": False, "comment": f"moved to Schedule/{scene.new_id('Schedule', 1)}"}


CASES: tuple[Case, ...] = (
    valid(
        "three-hundred-slots-in-a-day",
        "Slot.start",
        "CON-08 LOD-08 MAP-04",
        "A vaccination day has three hundred slots of three minutes; the last ones are on the next day in UTC, and "
        "paging yields each once",
        added(full_day),
    ),
    nasty(
        "schedule-of-a-room",
        "Schedule.actor",
        "CON-06 CON-13",
        "The calendar is that of a room, and nobody is named with it",
        room,
    ),
    nasty(
        "schedule-of-two-people",
        "Schedule.actor",
        "CON-06 CON-13",
        "The calendar is that of two people and a room at once: a slot takes all three",
        lambda body, _scene: {"actor": [*body["actor"], {"display": "Interpreter (Portuguese)"}]},
    ),
    nasty(
        "schedule-without-horizon",
        "Schedule.planningHorizon",
        "CON-06 MAP-05",
        "The calendar has a beginning and no end",
        {"planningHorizon": {"start": "2026-06-01"}},
    ),
    nasty(
        "schedule-out-of-use",
        "Schedule.active",
        "MAP-08",
        "The calendar is no longer in use and says where it went; its slots must not be offered",
        moved,
    ),
    slot(
        "slot-overbooked",
        "Slot.overbooked",
        "CON-06 MAP-08",
        "The slot is taken more than once, which the status alone does not tell",
        {"status": "busy", "overbooked": True},
    ),
    slot(
        "slot-in-the-repeated-hour",
        "Slot.start",
        "MAP-04",
        "The slot begins before clocks go back and ends after: 20 minutes, and by the clock it ends before it begins",
        {"start": "2026-11-01T01:50:00-04:00", "end": "2026-11-01T01:10:00-05:00"},
    ),
    slot(
        "slot-of-no-length",
        "Slot.end",
        "MAP-04 MAP-05",
        "The slot ends when it begins, as vendors mark a place for a walk-in",
        {"start": "2026-07-06T14:00:00Z", "end": "2026-07-06T14:00:00Z", "comment": "walk-in"},
    ),
    slot(
        "slot-entered-in-error",
        "Slot.status",
        "MAP-08",
        "The slot never was: it must not be offered, and it is not free",
        {"status": "entered-in-error"},
    ),
    slot(
        "slot-tentative",
        "Slot.status",
        "MAP-08",
        "The slot is held for somebody and not booked: neither free nor busy",
        {"status": "busy-tentative"},
    ),
)
