"""Strategies of the checks by properties: searches aimed at what a chart holds, notes and values to write, changes.

Needs Hypothesis: import it in checks that have made sure of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from gauntlet.properties.search_model import NOT_MODELLED, element_values
from gauntlet.running import CHARTS_TO_CHOOSE_FROM, CHARTS_UNDER_LOAD
from synthetic.chart import Chart
from synthetic.population import Population
from synthetic.strategies.charts import ChartSource, charts
from synthetic.strategies.search_rules import PARAMETERS, Search
from synthetic.strategies.searches import values

_PREFIXES = ("", "ge", "le", "gt", "lt", "ne", "sa", "eb")
_EAST_COAST = dt.timezone(dt.timedelta(hours=-5))
# What EHRs and US Core ask a search to have beside the patient.
_NEEDED: Mapping[str, tuple[str, ...]] = {"Observation": ("category", "code")}


@dataclass(frozen=True)
class ChartsForReading:
    """The charts of a population that no check changes, as a source of examples."""

    population: Population

    @property
    def size(self) -> int:
        """How many there are."""
        return CHARTS_TO_CHOOSE_FROM

    def chart(self, index: int) -> Chart:
        """Return the chart of an index."""
        return self.population.chart(self.population.size - CHARTS_UNDER_LOAD - CHARTS_TO_CHOOSE_FROM + index)


@dataclass(frozen=True)
class TheseCharts:
    """Some charts as a source of examples."""

    charts: tuple[Chart, ...]

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.charts)

    def chart(self, index: int) -> Chart:
        """Return the chart of an index."""
        return self.charts[index]


class Aimed(NamedTuple):
    """A search for one patient, and the patient's chart."""

    search: Search
    chart: Chart

    def __repr__(self) -> str:
        return f"{self.search.type}?{self.search.query}"


def aimed_searches(source: ChartSource, served: Mapping[str, Collection[str]]) -> SearchStrategy[Aimed]:
    """Searches by parameters that are served (type to names), most values taken from the patient's own records."""
    return _aimed(source, {kind: sorted(set(names) & PARAMETERS[kind].keys()) for kind, names in served.items()})


@st.composite
def _aimed(draw: DrawFn, source: ChartSource, served: Mapping[str, Sequence[str]]) -> Aimed:
    chart = draw(charts(source))
    kind = draw(st.sampled_from(sorted(served)))
    own = ("_id", chart.id) if kind == "Patient" else ("patient", chart.id)
    names = [name for name in served[kind] if name != own[0] and name not in NOT_MODELLED and name != "identifier"]
    names += [name for name in names if PARAMETERS[kind][name] == "date" and name != "birthdate"] * 2  # the hardest
    needed = draw(st.sampled_from(_NEEDED[kind])) if kind in _NEEDED else None
    chosen = (
        draw(st.lists(st.sampled_from(names), min_size=1, max_size=2).map(lambda found: list(dict.fromkeys(found))))
        if names
        else []
    )
    if needed and needed not in chosen:
        chosen.insert(0, needed)
    pairs = tuple((name, draw(_value(kind, name, chart))) for name in chosen)
    return Aimed(Search(kind, (own, *pairs)), chart)


@st.composite
def _value(draw: DrawFn, kind: str, name: str, chart: Chart) -> str:
    sort = PARAMETERS[kind][name]
    if name == "birthdate":
        return str(chart.patient.body["birthDate"])[:10]
    form: Callable[[str], str] = draw(st.sampled_from(_FORMS)) if sort == "date" else _as_it_is
    held = sorted({form(text) for record in chart.of_type(kind) for text in _searchable(record.body, name, sort)})
    if not held or draw(st.integers(0, 4)) == 4:
        return draw(values(sort, name, chart))
    found = draw(st.sampled_from(held))
    return f"{draw(st.sampled_from(_PREFIXES))}{found}" if sort == "date" else found


def _day(moment: str) -> str:
    return moment[:10]


def _elsewhere(moment: str) -> str:
    """Return an instant as a clock five hours behind Greenwich shows it."""
    return dt.datetime.fromisoformat(moment).astimezone(_EAST_COAST).isoformat() if "T" in moment else moment


def _as_it_is(moment: str) -> str:
    return moment


_FORMS = (_day, _as_it_is, _elsewhere)


def _searchable(body: dict[str, Any], name: str, sort: str) -> list[str]:
    """Return the values by which a record can be searched for."""
    found: list[str] = [str(body["id"])] if name == "_id" else []
    for item in element_values(body, name) if name != "_id" else ():
        if sort == "date":
            moments = [item] if isinstance(item, str) else list(item.values()) if isinstance(item, dict) else []
            found += [str(moment) for moment in moments]
        elif isinstance(item, str):
            found.append(item.replace(",", "\\,"))
        else:
            codings = item.get("coding", []) if "coding" in item else [item]
            found += [code for coding in codings if (code := coding.get("code", coding.get("value")))]
            found += [
                f"{coding['system']}|{coding['code']}" for coding in codings if {"system", "code"} <= coding.keys()
            ]
    return found


class Written(NamedTuple):
    """What a create carries: a note, and for a measurement its value as text."""

    note: str
    value: str


def written() -> SearchStrategy[Written]:
    """Notes of any script and measured values with their digits; shrink towards a short note and 1."""
    letters = st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co", "Zl", "Zp"])
    notes = st.text(letters, min_size=1, max_size=60).map(str.strip).filter(bool)
    digits = st.integers(0, 3)
    numbers = st.builds(lambda number, places: str(Decimal(number).scaleb(-places)), st.integers(1, 300_000), digits)
    return st.builds(Written, notes, numbers.filter(lambda text: "E" not in text and Decimal(text) < 400))


class Change(NamedTuple):
    """What happens at the EHR while a consumer pages: what, after which page, and how many rows a page has."""

    kind: str
    after_page: int
    on_a_page: int


def changes(kinds: Sequence[str]) -> SearchStrategy[Change]:
    """Changes of these kinds, early and late; shrink towards the first kind after the first page."""
    return st.builds(Change, st.sampled_from(kinds), st.integers(1, 3), st.integers(1, 3))
