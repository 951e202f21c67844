"""Elements in the order of the R4 definitions, which XML prescribes and JSON from a client need not have."""

from __future__ import annotations

from functools import cache
from typing import Any

from synthetic.r4.definitions import definitions


@cache
def places(kind: str) -> dict[str, tuple[int, str]]:
    """Return place and type of each element of a type by its JSON name; empty for a type without elements."""
    elements = definitions().types.get(kind, ())
    return {
        name: (place, inner) for place, element in enumerate(elements) for name, inner in element.json_names().items()
    }


def in_order(body: dict[str, Any], kind: str = "") -> dict[str, Any]:
    """Return a resource, or an element of type `kind`, with everything in it in order; unknown names come last."""
    known = places(kind or body["resourceType"])
    last = (len(known), "")
    names = sorted(body, key=lambda name: (name != "resourceType", known.get(name.removeprefix("_"), last)[0]))
    return {name: ordered(body[name], known.get(name, last)[1]) for name in names}


def ordered(value: Any, kind: str) -> Any:
    """Return the value of one property in order."""
    if isinstance(value, list):
        return [ordered(item, kind) for item in value]
    if not isinstance(value, dict):
        return value
    return in_order(value) if isinstance(value.get("resourceType"), str) else in_order(value, kind or "Element")
