"""The template of a clinic day: twenty-minute slots from 8:00 to 16:40, and an hour for lunch."""

from __future__ import annotations

from collections.abc import Iterator

from synthetic.instants import TODAY, local, weekday

SLOT_MINUTES = 20
SLOTS_A_DAY = 26
LUNCH = (12, 13, 14)  # 12:00 to 13:00
_OPEN_MINUTE = 8 * 60
_WORKING = tuple(slot for slot in range(SLOTS_A_DAY) if slot not in LUNCH)
MORNING_SLOTS = 12
BOOKABLE_SLOTS = len(_WORKING)

# Schedules reach from two weeks back to six weeks ahead; appointments outside have no slot.
FIRST_DAY, LAST_DAY = TODAY - 14, TODAY + 42


def slot_start(day: int, slot: int) -> int:
    """The instant at which a slot of a day begins."""
    return local(day, _OPEN_MINUTE + SLOT_MINUTES * slot)


def bookable(number: int) -> int:
    """The slot of the day of the how-manieth bookable slot, 0 to BOOKABLE_SLOTS - 1."""
    return _WORKING[number]


def slot_at(day: int, instant: int) -> int:
    """The slot of the day in which an instant lies."""
    return (instant - slot_start(day, 0)) // (60 * SLOT_MINUTES)


def slot_number(day: int, slot: int) -> int | None:
    """The number of a slot within its schedule; None outside the days schedules reach."""
    if not FIRST_DAY <= day <= LAST_DAY or weekday(day) > 4:
        return None
    return (day - FIRST_DAY) * SLOTS_A_DAY + slot


def slot_of_number(number: int) -> tuple[int, int] | None:
    """Day and slot of the day; None when no schedule has such a number."""
    day, slot = divmod(number, SLOTS_A_DAY)
    return (FIRST_DAY + day, slot) if slot_number(FIRST_DAY + day, slot) == number else None


def numbers() -> Iterator[int]:
    """The numbers of all slots of a schedule, in order of time."""
    for day in range(FIRST_DAY, LAST_DAY + 1):
        if weekday(day) <= 4:
            first = (day - FIRST_DAY) * SLOTS_A_DAY
            yield from range(first, first + SLOTS_A_DAY)
