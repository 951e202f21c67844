"""Numbers of what is written: whole, never the same twice in one process, clear of those of the population."""

from __future__ import annotations

from itertools import count

FIRST = 500_000_001


class Numbers:
    """A counter for the whole site."""

    def __init__(self) -> None:
        self._count = count(FIRST)

    def new(self) -> str:
        """Return the next number as text: the FHIR id and the Unity id of a new record."""
        return str(next(self._count))
