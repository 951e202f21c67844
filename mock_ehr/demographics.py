"""Demographic search over a virtual population: an index that is built when somebody first asks.

Building generates every patient once, a few at a time, so that other requests are served in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mock_ehr.legible import legible
from mock_ehr.search_values import elements, fold
from mock_ehr.store import PopulationLike

AT_ONCE = 10  # patients generated before others get their turn


@dataclass(frozen=True, slots=True)
class Person:
    """What demographic search compares. Names are folded: no case, no accents."""

    index: int
    families: tuple[str, ...]
    givens: tuple[str, ...]
    birth_date: str
    gender: str
    telecoms: tuple[str, ...]
    postal_codes: tuple[str, ...]


class Demographics:
    """The index. `built` tells whether `people` can be used without waiting for `ready`."""

    def __init__(self, population: PopulationLike) -> None:
        self._population = population
        self.people: list[Person] = []

    @property
    def built(self) -> bool:
        """Return whether every chart is in the index."""
        return len(self.people) == self._population.size

    async def ready(self) -> None:
        """Return when the index is built; everybody who waits takes part in building it."""
        while not self.built:
            for _ in range(min(AT_ONCE, self._population.size - len(self.people))):
                index = len(self.people)
                self.people.append(person(index, self._population.patient(index).json))
            await asyncio.sleep(0)


def person(index: int, patient_json: bytes) -> Person:
    """Return the index row of a Patient resource; what is not of the form that R4 asks for is not in it."""
    body: dict[str, Any] = legible(patient_json) or {}
    return Person(
        index=index,
        families=tuple(fold(text) for text in texts(body, "name.family")),
        givens=tuple(fold(text) for text in texts(body, "name.given")),
        birth_date="".join(texts(body, "birthDate")),
        gender="".join(texts(body, "gender")),
        telecoms=tuple(texts(body, "telecom.value")),
        postal_codes=tuple(texts(body, "address.postalCode")),
    )


def texts(body: dict[str, Any], path: str) -> Iterator[str]:
    """Yield the texts at a path."""
    yield from (value for value in elements(body, path) if isinstance(value, str))
