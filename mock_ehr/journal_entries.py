"""What is read out of the journal, and what exchanges that are alike have in common."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, overload

from mock_ehr.entry import Entry

SEVERAL = 1  # in place of a patient's hash: about more than one
NOBODY = 0


@dataclass(frozen=True, slots=True)
class Pattern:
    """What exchanges have in common that are alike but for their times. `body` is as much of the answer as is kept."""

    packed: bytes
    heads: bytes
    kind: int
    about: int
    counted: tuple[str, str, int | None]
    body: bytes


class Holder(Protocol):
    """What keeps the entries: `mock_ehr.journal.Journal`."""

    def holds(self, seq: int) -> bool:
        """Return whether the entry is still kept."""

    def entry(self, seq: int) -> Entry:
        """Return the entry with this number."""


class Entries(Sequence[Entry]):
    """Entries found by `Journal.since`, each made when it is looked at; those dropped meanwhile are passed over."""

    def __init__(self, journal: Holder, numbers: Sequence[int]) -> None:
        self._journal = journal
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[Entry]:
        return (self._journal.entry(number) for number in self._numbers if self._journal.holds(number))

    @overload
    def __getitem__(self, index: int) -> Entry: ...

    @overload
    def __getitem__(self, index: slice) -> Entries: ...

    def __getitem__(self, index: int | slice) -> Entry | Entries:
        if isinstance(index, slice):
            return Entries(self._journal, self._numbers[index])
        return self._journal.entry(self._numbers[index])

    def holds(self, seq: int) -> bool:
        """Return whether the entry with this number is among them."""
        place = bisect_left(self._numbers, seq)
        return place < len(self._numbers) and self._numbers[place] == seq


def places(index: Callable[[int, int], int], number: int, start: int) -> Iterator[int]:
    """Yield the places from `start` on where the method `index` of an array finds `number`."""
    try:
        while True:
            start = index(number, start)
            yield start
            start += 1
    except ValueError:
        return


def about(patients: tuple[str, ...]) -> int:
    """Return a number that tells exchanges apart by their patient."""
    if len(patients) == 1:
        return hash(patients[0]) or SEVERAL
    return SEVERAL if patients else NOBODY
