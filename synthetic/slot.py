"""Slot: twenty minutes of a practitioner, free or taken by appointments of the charts they look after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache

from synthetic.assembly import Assembly
from synthetic.bookings import slot_of
from synthetic.clinic_hours import LUNCH, SLOT_MINUTES, numbers, slot_of_number, slot_start
from synthetic.hospital import PANEL
from synthetic.instants import instant_text
from synthetic.json_template import compiled, raw, text
from synthetic.meta import meta
from synthetic.resource import Resource

_TEMPLATE = compiled(
    {
        "resourceType": "Slot",
        "id": text("id"),
        "meta": meta(),
        "serviceType": [{"text": "Office Visit"}],
        "schedule": {"reference": f"Schedule/{text('schedule')}"},
        "status": text("status"),
        "start": text("start"),
        "end": text("end"),
        "overbooked": raw("overbooked"),
    }
)


class Slots:
    """The slots of all schedules. What takes them is asked of the charts: twenty of them for one schedule."""

    def __init__(self, assembly: Assembly, population_size: int) -> None:
        self._assembly, self._size = assembly, population_size
        self._taken = lru_cache(maxsize=64)(self._count)

    def of_schedule(self, schedule: int) -> Iterator[Resource]:
        """All slots of the schedule of a number, in order of time."""
        for number in numbers():
            yield self._slot(schedule, number)

    def find(self, schedule: int, number: int) -> Resource | None:
        """One slot of a schedule, None when the schedule has no such slot."""
        return None if slot_of_number(number) is None else self._slot(schedule, number)

    def _slot(self, schedule: int, number: int) -> Resource:
        day, slot = slot_of_number(number) or (0, 0)
        taken = self._taken(schedule).get(number, Counter[str]())
        identity, start = self._assembly.hospital.identity, slot_start(day, slot)
        resource_id = identity.resource_id("Slot", schedule, number)
        body = _TEMPLATE(
            id=resource_id,
            schedule=identity.resource_id("Schedule", schedule),
            status=_status(slot, taken),
            start=instant_text(start),
            end=instant_text(start + 60 * SLOT_MINUTES),
            overbooked="true" if taken.total() > 1 else "false",
        )
        return Resource("Slot", resource_id, body.encode())

    def _count(self, schedule: int) -> Mapping[int, Counter[str]]:
        first = schedule * PANEL
        taken: dict[int, Counter[str]] = {}
        for index in range(first, min(first + PANEL, self._size)):
            for booking in self._assembly.bookings(index):
                number = slot_of(booking, schedule)
                if number is not None:
                    taken.setdefault(number, Counter())[booking.status] += 1
        return taken


def _status(slot: int, taken: Counter[str]) -> str:
    if slot in LUNCH:
        return "busy-unavailable"
    if not taken:
        return "free"
    return "busy-tentative" if set(taken) == {"pending"} else "busy"
