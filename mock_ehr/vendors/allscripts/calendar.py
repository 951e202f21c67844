"""Who is expected on which day: an index over the population's bookings, built when somebody first asks.

Building looks at every chart once, a few at a time, so that other requests are served in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from synthetic.directory import Directory
from synthetic.writers.hospital_clock import hospital_time

AT_ONCE = 50  # charts looked at before others get their turn
NOBODY: Mapping[int, None] = {}


class Calendar:
    """The days on which charts have appointments, by hospital time. `built` tells whether it can be used yet."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._days: dict[date, dict[int, None]] = {}
        self._done = 0

    @property
    def built(self) -> bool:
        """Return whether every chart is in the index."""
        return self._done == self._directory.population_size

    async def ready(self) -> None:
        """Return when the index is built; everybody who waits takes part in building it."""
        while not self.built:
            stop = min(self._done + AT_ONCE, self._directory.population_size)
            for index in range(self._done, stop):
                for booking in self._directory.assembly.bookings(index):
                    self._days.setdefault(hospital_time(booking.start).date(), {})[index] = None
            self._done = stop
            await asyncio.sleep(0)

    def expected(self, first: date, last: date) -> Iterator[int]:
        """Yield the charts with an appointment from one day to another, each once, in order of time."""
        seen: set[int] = set()
        for day in self._listed(first, last):
            for index in self._days.get(day, NOBODY):
                if index not in seen:
                    seen.add(index)
                    yield index

    def _listed(self, first: date, last: date) -> Iterable[date]:
        if (last - first).days < len(self._days):
            return [first + timedelta(day) for day in range((last - first).days + 1)]
        return sorted(day for day in self._days if first <= day <= last)
