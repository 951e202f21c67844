"""The directory: resources that charts share, as a pure function of seed, population size and number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from synthetic import medication
from synthetic.hospital import FIRST_CLINIC, FIRST_PAYER, PANEL, PAYERS, TEAM, WARD, Hospital
from synthetic.location import location
from synthetic.organization import organization
from synthetic.practitioner import practitioner
from synthetic.practitioner_role import practitioner_role
from synthetic.resource import Resource

SHARED_TYPES = frozenset({"Practitioner", "PractitionerRole", "Organization", "Location", "Medication"})


@dataclass(frozen=True)
class Directory:
    """Everyone and everything charts refer to. Virtual, like the population.

    Found by id, or walked through.
    """

    hospital: Hospital
    population_size: int

    @property
    def types(self) -> tuple[str, ...]:
        """The resource types in here."""
        return tuple(self._shelves)

    def find(self, resource_type: str, id: str) -> Resource | None:  # noqa: A002 - FHIR's own word
        """The resource of that type and id, None when the directory has none."""
        place = self.hospital.identity.place(id)
        if place is None or place.resource_type != resource_type or resource_type not in self._shelves:
            return None
        numbers, make = self._shelves[resource_type]
        return make(place.chart) if place.ordinal == 0 and any(place.chart in part for part in numbers) else None

    def of_type(self, resource_type: str) -> Iterator[Resource]:
        """All resources of a type, one after the other; none for a type that is not in here."""
        numbers, make = self._shelves.get(resource_type, ((), None))
        for part in numbers:
            for number in part:
                if make is not None:
                    yield make(number)

    @cached_property
    def _shelves(self) -> dict[str, tuple[tuple[range, ...], Callable[[int], Resource]]]:
        hospital = self.hospital
        clinics = -(-self.population_size // (PANEL * TEAM))
        staff = (range(clinics * TEAM),)
        sites = range(FIRST_CLINIC, FIRST_CLINIC + clinics)
        return {
            "Practitioner": (staff, lambda number: practitioner(hospital, number)),
            "PractitionerRole": (staff, lambda number: practitioner_role(hospital, number)),
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
