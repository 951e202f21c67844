"""What a chart says in plain facts, whatever the shape it was read from, and where two sets of facts differ.

Facts hold what both an Epic answer and Unity's rows can carry. Times are what the hospital's clocks show, to the
minute and without a zone, because Unity has nothing else: two moments of the hour that autumn has twice are one here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from synthetic.metamorphic.difference import Difference

Fact = dict[str, str]  # name of a detail -> what it is; what is not there is ""
Facts = Mapping[str, list[Fact]]

SECTIONS = ("patient", "problems", "medications", "allergies", "immunizations", "vitals", "results", "schedule")


def fact_differences(left: Facts, right: Facts) -> list[Difference]:
    """List where two sets of facts differ; an empty list means that they say the same, in whatever order."""
    return [difference for section in SECTIONS for difference in _of_section(section, left, right)]


def _of_section(section: str, left: Facts, right: Facts) -> Iterator[Difference]:
    lonely, rest = _unmatched(left.get(section, []), right.get(section, []))
    for fact in lonely:
        twin = max(rest, key=lambda other: _alike(fact, other), default=None)
        if twin is None or 2 * _alike(fact, twin) < len(fact):
            yield Difference(_path(section, fact), "missing", fact, None)
            continue
        rest.remove(twin)
        for name in dict.fromkeys([*fact, *twin]):
            first, second = fact.get(name, ""), twin.get(name, "")
            if first != second:
                yield Difference(f"{_path(section, fact)}.{name}", _kind(first, second), first, second)
    for fact in rest:
        yield Difference(_path(section, fact), "extra", None, fact)


def _unmatched(left: list[Fact], right: list[Fact]) -> tuple[list[Fact], list[Fact]]:
    """The facts of each side that the other does not have."""
    lonely, rest = [], list(right)
    for fact in left:
        if fact in rest:
            rest.remove(fact)
        else:
            lonely.append(fact)
    return lonely, rest


def _alike(left: Fact, right: Fact) -> int:
    return sum(left.get(name) == value for name, value in right.items())


def _path(section: str, fact: Fact) -> str:
    name = fact.get("name", "")
    return f"{section}[{name}]" if name else section


def _kind(left: str, right: str) -> str:
    """How two texts differ: one is missing, the same number with other digits, or something else."""
    if not left or not right:
        return "missing" if left else "extra"
    try:
        return "precision" if Decimal(left) == Decimal(right) else "value"
    except InvalidOperation:
        return "value"
