"""The directory: resources that charts share, as a pure function of seed, population size and number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from synthetic import medication
from synthetic.assembly import Assembly
from synthetic.hospital import FIRST_CLINIC, FIRST_PAYER, PANEL, PAYERS, TEAM, WARD
from synthetic.identity import Identity
from synthetic.location import location
from synthetic.organization import organization
from synthetic.practitioner import practitioner
from synthetic.practitioner_role import practitioner_role
from synthetic.resource import Resource
from synthetic.schedule import schedule
from synthetic.slot import Slots

SHARED_TYPES = frozenset(
    {"Practitioner", "PractitionerRole", "Organization", "Location", "Medication", "Schedule", "Slot"}
)


@dataclass(frozen=True)
class Directory:
    """Everyone and everything charts refer to. Virtual, like the population.

    Found by id, or walked through.
    """

    assembly: Assembly
    population_size: int

    @property
    def types(self) -> tuple[str, ...]:
        """The resource types in here."""
        return tuple(sorted(SHARED_TYPES))

    def find(self, resource_type: str, id: str) -> Resource | None:  # noqa: A002 - FHIR's own word
        """The resource of that type and id, None when the directory has none."""
        place = self._identity.place(id)
        if place is None or place.resource_type != resource_type or resource_type not in SHARED_TYPES:
            return None
        if resource_type == "Slot":
            return self._slots.find(place.chart, place.ordinal) if self._has_schedule(place.chart) else None
        numbers, make = self._shelves[resource_type]
        return make(place.chart) if place.ordinal == 0 and any(place.chart in part for part in numbers) else None

    def of_type(self, resource_type: str) -> Iterator[Resource]:
        """All resources of a type, one after the other; none for a type that is not in here."""
        if resource_type == "Slot":
            for schedule in range(self._staff):
                yield from self._slots.of_schedule(schedule)
        numbers, make = self._shelves.get(resource_type, ((), None))
        for part in numbers:
            for number in part:
                if make is not None:
                    yield make(number)

    def slots(self, schedule_id: str) -> Iterator[Resource]:
        """The slots of a Schedule in order of time; none when the directory has no such schedule."""
        place = self._identity.place(schedule_id)
        if place is not None and place.resource_type == "Schedule" and self._has_schedule(place.chart):
            yield from self._slots.of_schedule(place.chart)

    def _has_schedule(self, number: int) -> bool:
        return number < self._staff

    @property
    def _identity(self) -> Identity:
        return self.assembly.hospital.identity

    @property
    def _clinics(self) -> int:
        return -(-self.population_size // (PANEL * TEAM))

    @property
    def _staff(self) -> int:
        return self._clinics * TEAM

    @cached_property
    def _slots(self) -> Slots:
        return Slots(self.assembly, self.population_size)

    @cached_property
    def _shelves(self) -> dict[str, tuple[tuple[range, ...], Callable[[int], Resource]]]:
        hospital = self.assembly.hospital
        staff = (range(self._staff),)
        sites = range(FIRST_CLINIC, FIRST_CLINIC + self._clinics)
        return {
            "Practitioner": (staff, lambda number: practitioner(hospital, number)),
            "PractitionerRole": (staff, lambda number: practitioner_role(hospital, number)),
            "Schedule": (staff, lambda number: schedule(hospital, number)),
            "Organization": (
                (range(FIRST_PAYER + len(PAYERS)), sites),
                lambda number: organization(hospital, number),
            ),
            "Location": ((range(WARD + 1), sites), lambda number: location(hospital, number)),
            "Medication": (
                (range(medication.COUNT),),
                lambda number: medication.medication(hospital.identity, number),
            ),
        }
