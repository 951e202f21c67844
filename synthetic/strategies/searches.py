"""Strategies for searches, legal and illegal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from synthetic.chart import Chart
from synthetic.strategies.charts import ChartSource, charts
from synthetic.strategies.search_rules import PARAMETERS, Search

_CODES = MappingProxyType(
    {
        "status": ("final", "active", "finished", "booked", "cancelled", "entered-in-error"),
        "category": ("laboratory", "vital-signs", "problem-list-item", "encounter-diagnosis"),
        "clinical-status": ("active", "resolved"),
        "code": ("2345-7", "http://loinc.org|2345-7", "http://loinc.org|", "|local", "I10", "10831"),
        "gender": ("female", "male", "other", "unknown"),
        "intent": ("order", "plan"),
        "class": ("AMB", "IMP", "EMER", "VR"),
        "type": ("11506-3", "http://loinc.org|11506-3"),
        "vaccine-code": ("115", "http://hl7.org/fhir/sid/cvx|115"),
        "agent-type": ("author", "transmitter"),
        "active": ("true", "false"),
        "relationship": ("CHILD", "GUARD"),
    }
)
_PREFIXES = ("", "ge", "le", "gt", "lt", "eq", "ne", "sa", "eb")
_DATES = st.dates().map(lambda date: date.isoformat()) | st.sampled_from(("2026-06-15T18:00:00Z", "2026-06", "2026"))


_DATED = st.builds(lambda prefix, date: prefix + date, st.sampled_from(_PREFIXES), _DATES)
_COUNTS = st.integers(0, 1000).map(str)
_CODED = MappingProxyType(
    {
        name: st.lists(st.sampled_from(codes), min_size=1, max_size=3, unique=True).map(",".join)
        for name, codes in _CODES.items()
    }
)


class Wrong(NamedTuple):
    """An illegal search, the legal one it was made of, and which illegal thing was done to it."""

    search: Search
    legal: Search
    reason: str


def values(kind: str, name: str, chart: Chart) -> SearchStrategy[str]:
    """Legal values of a parameter, some of which the chart has."""
    if kind == "date":
        return _DATED
    if kind == "count":
        return _COUNTS
    if kind == "token":
        return _CODED[name] if name in _CODED else st.just(chart.mrn)
    if kind == "reference":
        return st.sampled_from((chart.id, f"Patient/{chart.id}"))
    if kind == "id":
        return st.integers(0, len(chart.resources) - 1).map(lambda place: chart.resources[place].id)
    return st.just(chart.patient.body["name"][0].get("family", "Smith").replace(",", "\\,"))


@st.composite
def legal_searches(draw: DrawFn, population: ChartSource, types: Sequence[str] = tuple(PARAMETERS)) -> Search:
    """Legal searches for one patient of a population; shrink towards the patient of chart 0 alone.

    Types are those of `search_rules.PARAMETERS`. Raises KeyError for another one.
    """
    chart = draw(charts(population))
    kind = draw(st.sampled_from(types))
    known = PARAMETERS[kind]
    own = ("_id", chart.id) if kind == "Patient" else ("patient", draw(values("reference", "patient", chart)))
    names = st.sampled_from([name for name in known if name != own[0]])
    parameters = names.flatmap(lambda name: st.tuples(st.just(name), values(known[name], name, chart)))
    further = draw(st.lists(parameters, unique_by=lambda parameter: parameter[0], max_size=4))
    return Search(kind, (own, *further))


def _also(name: str, value: str) -> Callable[[Search], Search]:
    return lambda search: search._replace(parameters=(*search.parameters, (name, value)))


def _first_named(change: str) -> Callable[[Search], Search]:
    def renamed(search: Search) -> Search:
        (name, value), *others = search.parameters
        return search._replace(parameters=((name + change, value), *others))

    return renamed


def _first_valued(change: Callable[[str], str]) -> Callable[[Search], Search]:
    def revalued(search: Search) -> Search:
        (name, value), *others = search.parameters
        return search._replace(parameters=((name, change(value)), *others))

    return revalued


# What is done to a legal search whose first parameter names the patient.
WRONGS: Mapping[str, Callable[[Search], Search]] = MappingProxyType(
    {
        "unknown parameter": _also("favourite-colour", "blue"),
        "parameter in the wrong case": _also("_ID", "x"),
        "unknown type": lambda search: search._replace(type="Horoscope"),
        "type in the wrong case": lambda search: search._replace(type=search.type.lower()),
        "unknown modifier": _first_named(":sounds-like"),
        "chained parameter": _first_named(".organization.name"),
        "reverse chain": _also("_has:Observation:patient:code", "2345-7"),
        "unknown prefix": _also("_lastUpdated", "xx2026-01-01"),
        "day not on the calendar": _also("_lastUpdated", "ge2026-02-30"),
        "month 13": _also("_lastUpdated", "2026-13"),
        "date of another country": _also("_lastUpdated", "15.06.2026"),
        "negative count": _also("_count", "-1"),
        "count in words": _also("_count", "many"),
        "count in other digits": _also("_count", "٣"),
        "empty value": _first_valued(lambda _value: ""),
        "empty alternative": _first_valued(lambda value: value + ","),
        "several patients by comma": _first_valued(lambda value: f"{value},e-other/../"),
        "line break": _first_valued(lambda value: value + "\r\nX-Injected: 1"),
        "NUL": _first_valued(lambda value: value + "\0"),
        "wildcard": _first_valued(lambda _value: "*"),
        "path": _first_valued(lambda value: "../" + value),
        "command": _first_valued(lambda value: value + "' OR '1'='1"),
        "backslash at the end": _also("_lastUpdated", "2026\\"),
        "very long value": _first_valued(lambda value: value + "x" * 10_000),
    }
)


@st.composite
def illegal_searches(
    draw: DrawFn, population: ChartSource, types: Sequence[str] = tuple(PARAMETERS), reasons: Sequence[str] = ()
) -> Wrong:
    """Searches with one illegal thing each (`WRONGS`, or those named); shrink as the legal ones do."""
    reason = draw(st.sampled_from(tuple(reasons) or tuple(WRONGS)))
    legal = draw(legal_searches(population, types))
    return Wrong(WRONGS[reason](legal), legal, reason)


@st.composite
def polluted_searches(draw: DrawFn, population: ChartSource) -> Wrong:
    """Searches for one patient into which a second one is slipped by repeating the parameter (NEG-06)."""
    clinical = [name for name in PARAMETERS if name != "Patient"]
    legal = draw(legal_searches(population, clinical))
    own = legal.parameters[0][1].removeprefix("Patient/")
    other = draw(charts(population).filter(lambda chart: chart.id != own)).id
    place = draw(st.integers(0, len(legal.parameters)))
    parameters = (*legal.parameters[:place], ("patient", other), *legal.parameters[place:])
    return Wrong(legal._replace(parameters=parameters), legal, "two patients")
