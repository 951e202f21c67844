"""Strategies for charts and resources."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, Protocol

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from synthetic.chart import Chart, DraftedChart
from synthetic.edge_cases.catalogue import chosen
from synthetic.edge_cases.injection import with_edge_cases
from synthetic.population import Population
from synthetic.resource import Resource

_LARGEST = 1_000_000
_SHELF = 200


class ChartSource(Hashable, Protocol):
    """A population, with or without edge cases."""

    @property
    def size(self) -> int:
        """How many charts there are."""

    def chart(self, index: int) -> Chart:
        """The chart of an index."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class DrawnChart(Chart):
    """A chart that an example shows by how it was made, not by its 50 kB; equal to the chart itself."""

    made_by: str

    def __repr__(self) -> str:
        return self.made_by

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """Show it in short to hypothesis, too, which looks into dataclasses."""
        printer.text(self.made_by)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Chart) and self.resources == other.resources

    def __hash__(self) -> int:
        return hash(self.resources)


@lru_cache(maxsize=128)
def drawn(population: ChartSource, index: int) -> Chart:
    """The chart of an index, kept for a while, for shrinking asks for the same few charts over and over."""
    chart = population.chart(index)
    if type(chart) not in (Chart, DraftedChart):
        return chart
    return DrawnChart(chart.index, chart.mrn, chart.resources, f"{population!r}.chart({index})")


def populations(*, largest: int = _LARGEST) -> SearchStrategy[Population]:
    """Populations of any seed, up to a size; shrink towards seed 0 and size 1."""
    return st.builds(Population, seed=st.integers(0, 2**63), size=st.integers(1, largest))


def charts(population: ChartSource) -> SearchStrategy[Chart]:
    """Charts of a population; shrink towards chart 0."""
    return st.integers(0, population.size - 1).map(lambda index: drawn(population, index))


@st.composite
def resources(draw: DrawFn, population: ChartSource, types: Sequence[str] = ()) -> Resource:
    """Resources of these types, of all types when none is named; shrink towards the first of chart 0."""
    chart = draw(charts(population))
    found = [resource for resource in chart.resources if not types or resource.type in types]
    assume(found)
    return found[draw(st.integers(0, len(found) - 1))]


@lru_cache(maxsize=64)
def _shelf(population: Population, resource_type: str) -> tuple[Resource, ...]:
    return tuple(islice(population.directory().of_type(resource_type), _SHELF))


@st.composite
def shared_resources(draw: DrawFn, population: Population, types: Sequence[str] = ()) -> Resource:
    """Resources that charts share, such as Slot and Medication, of these types or of all; shrink towards the first.

    Of each type the first 200 are in play. Raises ValueError for a type that is not in the directory.
    """
    known = population.directory().types
    if strange := set(types) - set(known):
        raise ValueError(f"{', '.join(sorted(strange))}: the directory has {', '.join(known)}")
    return draw(st.sampled_from(_shelf(population, draw(st.sampled_from(tuple(types) or known)))))


@st.composite
def edge_charts(draw: DrawFn, population: Population, names: Sequence[str] | None = None) -> Chart:
    """Charts that carry an edge case, named or any; shrink towards the first case and chart 0.

    `Chart.injected` says which. Raises ValueError for an unknown name.
    """
    case = draw(st.sampled_from(chosen(names)))
    return draw(charts(with_edge_cases(population, 1, [case.name])))
