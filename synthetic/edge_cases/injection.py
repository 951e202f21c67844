"""A population in which a share of the charts carries edge cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from synthetic.chart import Chart
from synthetic.dice import stream
from synthetic.directory import SHARED_TYPES, Directory
from synthetic.edge_cases.case import FIRST_NEW, Case, Outcome, Scene, owner_of_new_mrn
from synthetic.edge_cases.catalogue import chosen
from synthetic.edge_cases.phi import phi_of
from synthetic.identity import Identity, Permutation
from synthetic.population import Population
from synthetic.resource import Phi, Resource

_SHOWN = 3


class Injected(NamedTuple):
    """What a case did to one resource: the truth about it by path; None where nothing stands."""

    case: Case
    resource_type: str
    id: str
    path: str
    truth: dict[str, Any]


@dataclass(frozen=True, slots=True, repr=False)
class EdgeChart(Chart):
    """A chart that carries an edge case, and the clean chart it was made of."""

    clean: Chart
    injected: tuple[Injected, ...]

    def __repr__(self) -> str:
        names = ", ".join(dict.fromkeys(entry.case.name for entry in self.injected))
        return f"<chart {self.index} with {names}>"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """Show it in short to hypothesis and IPython, too, which look into dataclasses."""
        printer.text(repr(self))

    def phi(self) -> tuple[Phi, ...]:
        """Every text that must not leak, of the clean chart and of what the case made of it."""
        known = {resource.reference: resource for resource in self.clean.resources}
        new = [resource for resource in self.resources if resource is not known.get(resource.reference)]
        return tuple(dict.fromkeys([*self.clean.phi(), *(text for resource in new for text in phi_of(resource))]))


@dataclass(frozen=True, repr=False)
class EdgePopulation:
    """A population with edge cases, used as the population itself is; made by `with_edge_cases`."""

    population: Population
    share: Fraction
    cases: tuple[Case, ...]
    injection_seed: int

    today: ClassVar[str] = Population.today
    now: ClassVar[str] = Population.now

    def __repr__(self) -> str:
        names = [case.name for case in self.cases]
        shown = names if len(names) <= _SHOWN else [*names[:_SHOWN], "..."]
        return f"with_edge_cases({self.population}, '{self.share}', {shown}, {self.injection_seed})"

    @property
    def seed(self) -> int:
        """The seed of the population."""
        return self.population.seed

    @property
    def size(self) -> int:
        """How many charts there are."""
        return self.population.size

    def case(self, index: int) -> Case | None:
        """The case that a chart carries, None for a clean one: a pure function of injection seed and index."""
        before, after = self._carriers(index), self._carriers(index + 1)
        if before == after:
            return None
        lap, place = divmod(before, len(self.cases))
        return self.cases[self._order(lap).forward(place)]

    def chart(self, index: int) -> Chart:
        """The chart of an index. Raises IndexError outside 0..size-1."""
        clean, case = self.population.chart(index), self.case(index)
        if case is None:
            return clean
        outcome = case.apply(self.scene(clean))
        return EdgeChart(index, clean.mrn, outcome.resources, clean, injections(case, outcome))

    def patient(self, index: int) -> Resource:
        """The Patient resource of a chart. Raises IndexError."""
        return self.chart(index).patient

    def truth(self, index: int) -> list[Injected]:
        """What was injected into a chart, resource by resource; empty for a clean one. Raises IndexError."""
        chart = self.chart(index)
        return list(chart.injected) if isinstance(chart, EdgeChart) else []

    def locate(self, resource_type: str, id: str) -> int | None:  # noqa: A002 - FHIR's own word
        """The index of the chart an id belongs to; resources that cases add have ids of the same kind.

        Those of types that charts share, such as a Slot, are found in the chart that has them, not in the directory.
        """
        if resource_type not in SHARED_TYPES:
            return self.population.locate(resource_type, id)
        place = self._identity.place(id)
        new = place is not None and place.resource_type == resource_type and place.ordinal >= FIRST_NEW
        return place.chart if place is not None and new and place.chart < self.size else None

    def locate_mrn(self, mrn: str) -> int | None:
        """The index of the chart with this medical record number, also of records that cases add."""
        index = self.population.locate_mrn(mrn)
        if index is not None:
            return index
        owner = owner_of_new_mrn(self._identity, mrn)
        if owner is None or owner >= self.size or self.case(owner) is None:
            return None
        mark = f'"value":"{mrn}"'.encode()
        return owner if any(mark in record.json for record in self.chart(owner).of_type("Patient")) else None

    def directory(self) -> Directory:
        """What charts share; it carries no edge cases."""
        return self.population.directory()

    def _carriers(self, count: int) -> int:
        """How many of the first `count` charts carry a case: evenly spread, never off by one or more."""
        return int(count * self.share + self._phase)

    def scene(self, clean: Chart) -> Scene:
        """What a case is given to change a clean chart."""
        stranger = (clean.index + 1) % self.size if self.size > 1 else clean.index + 1
        return Scene(clean, self._identity, stranger, stream(self._key, clean.index))

    def _order(self, lap: int) -> Permutation:
        return Permutation(len(self.cases), self._key + lap.to_bytes(8, "big"))

    @cached_property
    def _identity(self) -> Identity:
        return Identity(self.seed)

    @cached_property
    def _key(self) -> bytes:
        return Identity(self.injection_seed).key("edge-cases")

    @cached_property
    def _phase(self) -> Fraction:
        return Fraction(self._key[0], 256)


def injections(case: Case, outcome: Outcome) -> tuple[Injected, ...]:
    """The outcome of a case as records, one a resource it touched."""
    return tuple(
        Injected(case, touched.resource.type, touched.resource.id, next(iter(touched.truth), case.where), touched.truth)
        for touched in outcome.touched
    )


def with_edge_cases(
    population: Population, share: float | str | Fraction, names: Sequence[str] | None = None, seed: int = 0
) -> EdgePopulation:
    """The same population with edge cases in a share of its charts, one case a chart, all cases in turn.

    `share` is from 0 to 1 (0.2, "1/5"); `names` chooses cases, None means all that need not be asked for by name.
    Which chart carries what depends on seed, share, names and index, not on the size: cases come in shuffled laps,
    each once a lap. Raises ValueError for a share out of range and for unknown names.
    """
    part = Fraction(str(share)) if isinstance(share, float) else Fraction(share)
    if not 0 <= part <= 1:
        raise ValueError(f"share {share}: must be from 0 to 1")
    return EdgePopulation(population, part, chosen(names), seed)
