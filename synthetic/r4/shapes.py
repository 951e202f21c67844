"""Checks of JSON objects: known and required elements, repetition, choices, primitive extensions, invariants.

A good object costs one look-up and one call per property; paths and messages are built for a bad one only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from synthetic.r4.invariants.invariant import Invariant
from synthetic.r4.problem import NOTHING, Check, Found, Json, Problem, broken, kind, nearest, under

STRAY: Found = (Problem("", "unknown-element", ""),)


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice element: `value[x]`, the JSON names it may have, and whether one must be given."""

    name: str
    names: frozenset[str]
    required: bool


@dataclass(slots=True)
class Shape:
    """What an object may hold. Types contain each other, so members are added after the check is made.

    `extensions` holds the `_name` properties of primitives; `primitive_lists` the primitives that repeat; `bound`
    those with a required value set, where an extension cannot stand for the code.
    """

    name: str
    required: frozenset[str]
    choices: tuple[Choice, ...]
    invariants: tuple[Invariant, ...]
    members: dict[str, Check] = field(default_factory=dict)
    extensions: dict[str, Check] = field(default_factory=dict)
    primitive_lists: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)


def object_check(shape: Shape) -> Check:
    """Check of an object against `shape`; invariants are asked when everything below is well-formed."""
    member_of, required, invariants = shape.members.get, shape.required, shape.invariants
    chosen = frozenset().union(*(choice.names for choice in shape.choices))
    must_choose = any(choice.required for choice in shape.choices)

    def check(value: Any, root: Json) -> Found:
        if not value or not isinstance(value, dict) or (len(value) == 1 and "id" in value):
            return hollow(value, shape.name)
        bad: list[tuple[str, Found]] = []
        for name, item in value.items():
            if found := member_of(name, stray)(item, root):
                bad.append((name, found))
        if bad or (required and not value.keys() >= required):
            return described(bad, value, shape, root)
        if chosen and (must_choose or len(chosen.intersection(value)) > 1):
            return choice_problems(set(value), shape) or violated(invariants, value, root)
        return violated(invariants, value, root) if invariants else NOTHING

    return check


def violated(invariants: tuple[Invariant, ...], value: Json, root: Json) -> Found:
    """Problems of a well-formed object by its invariants."""
    for rule in invariants:
        if not rule.holds(value, root):
            return [Problem("", rule.name, rule.text) for rule in invariants if not rule.holds(value, root)]
    return NOTHING


def stray(_value: Any, _root: Json) -> Found:
    """Stand-in check of a property that is no member; `described` looks closer."""
    return STRAY


def hollow(value: Any, name: str) -> Found:
    """Problem of a value that is no object, or an object without content."""
    if isinstance(value, dict):
        return broken("ele-1", f"a {name} needs a value or children; leave the empty element out")
    rule = "null" if value is None else "cardinality" if isinstance(value, list) else "type"
    return broken(rule, f"a {name} must be one JSON object, this is a JSON {kind(value)}")


def described(bad: Sequence[tuple[str, Found]], value: Json, shape: Shape, root: Json) -> list[Problem]:
    """Problems of an object whose properties are not all plain good members."""
    found: list[Problem] = []
    for name, trouble in bad:
        if trouble is STRAY:
            found += under(name, stray_problems(name, value, shape, root))
        else:
            extensions = None if name in shape.bound else value.get("_" + name)
            found += under(name, without_excused_nulls(trouble, extensions))
    for name in sorted(shape.required):
        if name not in value and "_" + name not in value:
            found.append(Problem(name, "required", f"a {shape.name} must have {name}"))
    found += choice_problems({name.removeprefix("_") for name in value}, shape)
    if not found:
        found += [Problem("", rule.name, rule.text) for rule in shape.invariants if not rule.holds(value, root)]
    return found


def choice_problems(names: set[str], shape: Shape) -> list[Problem]:
    """Problems of choice elements given more than once, or not at all though required."""
    found: list[Problem] = []
    for choice in shape.choices:
        given = choice.names & names
        if len(given) > 1:
            text = f"only one of {', '.join(sorted(given))} may be given"
            found.append(Problem(choice.name, "choice", text))
        elif choice.required and not given:
            found.append(Problem(choice.name, "required", f"a {shape.name} must have {choice.name}"))
    return found


def stray_problems(name: str, value: Json, shape: Shape, root: Json) -> Found:
    """Problems of a property that is no member: an extension of a primitive, or an unknown name."""
    if name in shape.extensions:
        found = shape.extensions[name](value[name], root)
        if name[1:] in shape.bound and name[1:] not in value:
            return broken("binding", f"{name[1:]} needs a code of its required value set; an extension is none")
        if name[1:] in shape.primitive_lists:
            return found or misaligned(value[name], value.get(name[1:]))
        return found
    return broken("unknown-element", f"{shape.name} has no element {name!r}; {nearest(name, sorted(shape.members))}")


def repeated(item_check: Check) -> Check:
    """Check of an element that repeats: a non-empty JSON array."""

    def check(value: object, root: Json) -> Found:
        if not isinstance(value, list):
            return broken("cardinality", f"this element repeats: write a JSON array, not a JSON {kind(value)}")
        if not value:
            return broken("empty", "an array must not be empty; leave the element out")
        found: list[Problem] = []
        for index, item in enumerate(value):
            if bad := item_check(item, root):
                found += under(f"[{index}]", bad)
        return found

    return check


def extension_list(item_check: Check) -> Check:
    """Check of `_name` beside a primitive that repeats: null where a value has neither id nor extension."""

    def check(value: object, root: Json) -> Found:
        if not isinstance(value, list) or all(item is None for item in value):
            return broken(
                "extension-array",
                "must be an array with an object for each value that is extended, else null",
            )
        found: list[Problem] = []
        for index, item in enumerate(value):
            if item is not None:
                found += under(f"[{index}]", item_check(item, root))
        return found

    return check


def misaligned(extensions: Any, values: Any) -> Found:
    """Problem of `_name` when it is not as long as `name` (http://hl7.org/fhir/R4/json.html#primitive)."""
    if isinstance(values, list) and isinstance(extensions, list) and len(values) != len(extensions):
        return broken("extension-array", f"{len(extensions)} entries beside {len(values)} values; fill up with null")
    return NOTHING


def without_excused_nulls(found: Found, extensions: Any) -> Found:
    """Leave out null entries of a primitive array that have an extension in `_name` in place of a value."""
    if not isinstance(extensions, list):
        return found
    excused = {f"[{index}]" for index, item in enumerate(extensions) if item is not None}
    return [problem for problem in found if problem.rule != "null" or problem.path not in excused]
