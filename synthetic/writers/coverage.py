"""What of a resource another format can carry, element by element, and why not the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from synthetic.writers.record import Body

_INDEX = re.compile(r"\[\d+\]")


class Coverage(NamedTuple):
    """A format's places for FHIR elements.

    `elements` are paths below a type, without positions; each stands for all that is below it. `untold` says why a
    resource of a covered type is left out as a whole, `reservation` why a value has no place though its element has
    one; both are empty where all is well.
    """

    format: str
    elements: Mapping[str, frozenset[str]]
    untold: Callable[[Body, Body], str]  # the resource, and the patient of its chart
    reservation: Callable[[str, Any, Body], str]  # path with positions, value, the resource


def not_carried(coverage: Coverage, body: Body, patient: Body, truth: Mapping[str, Any]) -> dict[str, str]:
    """The elements of a truth (path from the type on -> value) that a format cannot carry, each with the reason.

    `body` is the resource, `patient` the Patient of its chart. Elements that are not there need no place.
    """
    kind = body["resourceType"]
    if kind not in coverage.elements:
        reason = f"{coverage.format} has no place for {kind}"
    else:
        reason = coverage.untold(body, patient)
    found = ((path, value) for start, item in truth.items() for path, value in leaves(item, start))
    reasons = ((path, reason or why_not(coverage, body, path, value)) for path, value in found)
    return {path: why for path, why in reasons if why}


def why_not(coverage: Coverage, body: Body, path: str, value: Any) -> str:
    """Why a value has no place; empty when it has one."""
    kind, _, element = _INDEX.sub("", path).partition(".")
    if element == "$bytes":
        return f"{coverage.format} carries what JSON says, not how it is spelt"
    steps = element.split(".")
    beginnings = {".".join(steps[:count]) for count in range(1, len(steps) + 1)}
    if not beginnings & coverage.elements[kind]:
        return f"{coverage.format} has no place for {kind}.{element}"
    return coverage.reservation(path, value, body)


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every primitive value below a value, with its path; nothing for what is not there."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, f"{path}.{name}")
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from leaves(item, f"{path}[{place}]")
    elif value is not None:
        yield path, value
