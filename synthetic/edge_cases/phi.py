"""The texts of edge cases that must not leak, found wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from synthetic.edge_cases.wire_rules import wire_problems
from synthetic.resource import Phi, Resource

# A surname that is a word of every programming language, in a log, tells nobody anything.
_TELLS_NOTHING = frozenset({"Null"})
_SHORTEST = 3


def phi_of(resource: Resource) -> Iterator[Phi]:
    """Names, numbers, addresses, birthdays and notes of a resource, whatever its shape; nothing of broken bytes."""
    if not wire_problems(resource.json):
        yield from within(resource.body)


def within(body: dict[str, Any]) -> Iterator[Phi]:
    """The texts of one resource."""
    for name in objects(body.get("name")):
        for part in (name.get("text"), name.get("family"), *listed(name.get("given"))):
            yield from told("name", part)
    for kind, element, member in (("mrn", "identifier", "value"), ("note", "note", "text")):
        for item in objects(body.get(element)):
            yield from told(kind, item.get(member))
    for address in objects(body.get("address")):
        for line in listed(address.get("line")):
            yield from told("address", line)
    birthday = body.get("birthDate", "")
    yield from told("birth-date", birthday if len(birthday) >= len("2001-01-01") else None)


def told(kind: str, text: Any) -> Iterator[Phi]:
    """A text that tells something about somebody, if it is one."""
    if isinstance(text, str) and len(text) >= _SHORTEST and text not in _TELLS_NOTHING:
        yield Phi(kind, text)


def listed(value: Any) -> list[Any]:
    """A value as a list, whatever it is."""
    return value if isinstance(value, list) else []


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a value that should be a list of objects, or should not."""
    found = value if isinstance(value, list) else [value]
    return [item for item in found if isinstance(item, dict)]
