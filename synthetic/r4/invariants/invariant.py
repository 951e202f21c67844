"""The form of an invariant: a named rule over one object that is well-formed otherwise."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from synthetic.r4.problem import Json


@dataclass(frozen=True, slots=True)
class Invariant:
    """Rule `name` of the specification. `holds(value, root)` gets the object and the resource it is in."""

    name: str
    text: str
    holds: Callable[[Json, Json], bool]


Table = dict[str, tuple[Invariant, ...]]


def codings(concept: Any) -> set[tuple[str | None, str | None]]:
    """(system, code) of each coding of a CodeableConcept; empty for None."""
    return {(coding.get("system"), coding.get("code")) for coding in (concept or {}).get("coding", [])}


def given(value: Json, name: str) -> bool:
    """Whether a primitive or object element is there, be it by an extension alone."""
    return name in value or f"_{name}" in value


def choice_given(value: Json, stem: str) -> bool:
    """Whether a choice element such as `value[x]` is there; `stem` is `value`."""
    for name in value:
        if stem in name:
            plain = name.removeprefix("_")
            if plain.startswith(stem) and plain[len(stem) :][:1].isupper():
                return True
    return False


def excludes(first: str, second: str) -> Callable[[Json, Json], bool]:
    """Rule that two elements are not given together."""
    return lambda value, _root: not (given(value, first) and given(value, second))


def implies(first: str, second: str) -> Callable[[Json, Json], bool]:
    """Rule that `first` is only given together with `second`."""
    return lambda value, _root: not given(value, first) or given(value, second)


def any_of(*names: str) -> Callable[[Json, Json], bool]:
    """Rule that at least one of the elements is given."""
    keys = frozenset(key for name in names for key in (name, f"_{name}"))
    return lambda value, _root: not keys.isdisjoint(value)


def exactly_one(first: str, second: str) -> Callable[[Json, Json], bool]:
    """Rule that one of two elements is given and not the other."""
    return lambda value, _root: given(value, first) != given(value, second)
