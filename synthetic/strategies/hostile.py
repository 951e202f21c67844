"""Strategies for hostile variations: bodies that no gateway may take for a resource, ids that are none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from synthetic.edge_cases.case import Expected
from synthetic.edge_cases.catalogue import THEMES
from synthetic.edge_cases.exact_json import dumps
from synthetic.edge_cases.injection import with_edge_cases
from synthetic.edge_cases.paths import Json, put
from synthetic.edge_cases.records import record
from synthetic.population import Population
from synthetic.resource import Resource
from synthetic.strategies.charts import ChartSource, resources

_DEEP = 5_000
_SHOWN = 2_000
_ALONE = ("wrong values", "wrong structure", "wrong records", "wire")  # themes whose cases one resource can show
_IN_COMPANY = "foreign-subject"  # a rule that needs a second chart to be seen broken


class Hostile(NamedTuple):
    """Bytes that are not what they pretend to be, what they were made of, and what was done to them."""

    data: bytes
    original: Resource
    reason: str

    def __repr__(self) -> str:
        return f"<{self.original.reference}, {self.reason}: {len(self.data)} bytes, {self.data[:_SHOWN]!r}>"


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all primitive values."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from leaves(item, f"{path}[{place}]")
    else:
        yield path


def objects(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all objects below a resource."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        at = f"{path}[{step}]" if isinstance(step, int) else f"{path}.{step}" if path else str(step)
        if isinstance(item, dict):
            yield at
        yield from objects(item, at)


def with_leaf(made: Any) -> Callable[[DrawFn, Resource], bytes]:
    """A variation: some primitive value is replaced; the first one of the resource is its type."""

    def vary(draw: DrawFn, resource: Resource) -> bytes:
        body: Json = resource.body
        put(body, draw(st.sampled_from(list(leaves(body)))), made)
        return dumps(body)

    return vary


def with_element(name: str, value: Any) -> Callable[[DrawFn, Resource], bytes]:
    """A variation: some object below the resource gets another member."""

    def vary(draw: DrawFn, resource: Resource) -> bytes:
        body: Json = resource.body
        put(body, f"{draw(st.sampled_from(list(objects(body))))}.{name}", value)
        return dumps(body)

    return vary


def truncated(draw: DrawFn, resource: Resource) -> bytes:
    """A variation: the data ends too early, by one byte or by all."""
    return resource.json[: -draw(st.integers(1, len(resource.json)))]


def with_byte(byte: bytes) -> Callable[[DrawFn, Resource], bytes]:
    """A variation: a byte that is allowed nowhere, somewhere."""

    def vary(draw: DrawFn, resource: Resource) -> bytes:
        place = draw(st.integers(0, len(resource.json) - 1))
        return resource.json[:place] + byte + resource.json[place:]

    return vary


def repeated(draw: DrawFn, resource: Resource) -> bytes:
    """A variation: a member of the resource comes twice."""
    name = draw(st.sampled_from(list(resource.body)))
    return resource.json[:-1] + b"," + dumps(name) + b":null}"


def nested(_draw: DrawFn, resource: Resource) -> bytes:
    """A variation: thousands of lists within each other."""
    return resource.json[:-1] + b',"extension":' + b"[" * _DEEP + b"]" * _DEEP + b"}"


VARIATIONS: Mapping[str, Callable[[DrawFn, Resource], bytes]] = MappingProxyType(
    {
        "object for a value": with_leaf({"unexpected": []}),
        "list for a value": with_leaf([[]]),
        "empty text for a value": with_leaf(""),
        "unknown element": with_element("unexpectedElement", "x"),
        "element of a prototype": with_element("__proto__", {"admin": True}),
        "null element": with_element("unexpectedNull", [None]),
        "truncated": truncated,
        "byte that UTF-8 never has": with_byte(b"\xff"),
        "NUL byte": with_byte(b"\0"),
        "member twice": repeated,
        "nested too deeply": nested,
    }
)


@st.composite
def hostile_resources(
    draw: DrawFn, population: ChartSource, types: Sequence[str] = (), reasons: Sequence[str] = ()
) -> Hostile:
    """Resources with one hostile thing done to them (`VARIATIONS`, or those named); shrink towards the first patient.

    Raises KeyError for an unknown reason.
    """
    reason = draw(st.sampled_from(tuple(reasons) or tuple(VARIATIONS)))
    resource = draw(resources(population, types))
    return Hostile(VARIATIONS[reason](draw, resource), resource, reason)


@st.composite
def invalid_resources(draw: DrawFn, population: Population) -> Hostile:
    """The invalid cases of the catalogue that one resource shows by itself; shrink towards chart 0."""
    cases = [case for theme in _ALONE for case in THEMES[theme]]
    case = draw(st.sampled_from([one for one in cases if one.expected is Expected.REFUSE and one.rule != _IN_COMPANY]))
    edges = with_edge_cases(population, 1, [case.name])
    index = draw(st.integers(0, population.size - 1))
    injected, after, clean = edges.truth(index)[-1], edges.chart(index), population.chart(index)
    touched = next(item for item in after.resources if (item.type, item.id) == (injected.resource_type, injected.id))
    place = after.resources.index(touched)
    if place < len(clean.resources):
        return Hostile(touched.json, clean.resources[place], case.name)
    plain = record(edges.scene(clean), touched.type)  # what the case added without what is wrong with it
    return Hostile(touched.json, Resource(touched.type, plain["id"], dumps(plain)), case.name)


_IDS = (
    "", " ", ".", "..", "../metadata", "..%2fmetadata", "%2e%2e%2f", "..\\metadata", "a/b", "a%2Fb", "a%252Fb",
    "a?b=c", "a#b", "a;b", "a,b", "a|b", "a%00", "a\0", "a\r\nX-Injected: 1", "a%0d%0aX-Injected:%201", "*",
    "$everything", "_history", "_search", "a'--", '"', "<script>", "${jndi:ldap://x.invalid}", "{{7*7}}",
    "x" * 65, "x" * 9000,
    "\u0430bc", "e\u0301", "\U0001f600", "\u202eabc", "a b", "a+b", "http://other-hospital.invalid/Patient/1",
)  # fmt: skip


def hostile_ids() -> SearchStrategy[str]:
    """Texts in the place of an id that are none, or that a path takes for something else (`.`, `..`)."""
    strange = st.text(st.characters(exclude_categories=["Cs", "Lu", "Ll", "Nd"], exclude_characters="-."), min_size=1)
    return st.sampled_from(_IDS) | strange
