"""The population: charts as a pure function of seed and index, with nothing stored."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from synthetic import instants
from synthetic.assembly import Assembly
from synthetic.chart import Chart
from synthetic.directory import SHARED_TYPES, Directory
from synthetic.hospital import Hospital
from synthetic.identity import MAX_SIZE, Identity
from synthetic.resource import Phi, Resource

__all__ = ["Chart", "Directory", "Phi", "Population", "Resource"]


@dataclass(frozen=True)
class Population:
    """A hospital of `size` patients. The same seed gives the same charts, whatever the size.

    Raises ValueError unless 1 <= size <= 48,995,100 (as many as there are never-issued social security
    numbers).
    """

    seed: int
    size: int

    today: ClassVar[str] = instants.date_text(instants.TODAY)
    now: ClassVar[str] = instants.instant_text(instants.NOW)  # when every chart is read; nothing recorded is later

    def __post_init__(self) -> None:
        if not 1 <= self.size <= MAX_SIZE:
            raise ValueError(f"population size {self.size}: must be from 1 to {MAX_SIZE}")

    def chart(self, index: int) -> Chart:
        """The chart of an index. Raises IndexError outside 0..size-1."""
        if not 0 <= index < self.size:
            raise IndexError(f"chart {index}: this population has the charts 0 to {self.size - 1}")
        return self._assembly.chart(index)

    def patient(self, index: int) -> Resource:
        """The Patient resource of a chart, at a small part of the whole chart's cost. Raises IndexError."""
        if not 0 <= index < self.size:
            raise IndexError(f"chart {index}: this population has the charts 0 to {self.size - 1}")
        return self._assembly.patient(index)

    def locate(self, resource_type: str, id: str) -> int | None:  # noqa: A002 - FHIR calls it id, and so does the caller
        """The index of the chart an id belongs to; None when this population never made it.

        Whether the chart holds a resource of that ordinal is for `Chart.find` to say.
        """
        place = self._identity.place(id)
        if (
            resource_type in SHARED_TYPES
            or place is None
            or place.resource_type != resource_type
            or place.chart >= self.size
        ):
            return None
        return place.chart

    def locate_mrn(self, mrn: str) -> int | None:
        """The index of the chart with this medical record number; None when nobody here has it."""
        index = self._identity.mrn_index(mrn)
        return index if index is not None and index < self.size else None

    def directory(self) -> Directory:
        """The resources charts refer to and share: staff, organizations, locations, medications, schedules, slots."""
        return Directory(self._assembly, self.size)

    @cached_property
    def _identity(self) -> Identity:
        return Identity(self.seed)

    @cached_property
    def _hospital(self) -> Hospital:
        return Hospital(self._identity)

    @cached_property
    def _assembly(self) -> Assembly:
        return Assembly(self._hospital)
