"""Broken rules of many deliveries, added up: each rule and path once, with how often and where it was seen first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gauntlet.deliveries import Delivery
from synthetic.r4.problem import Problem

Judge = Callable[[Mapping[str, Any]], Sequence[Problem]]

_INDEX = re.compile(r"\[\d+\]")
_IN_BUNDLE = re.compile(r"Bundle\.entry\.(?:resource|response\.outcome)\.")
NOT_A_RESOURCE = Problem("(body)", "resource", "an answer of type application/fhir+json holds no FHIR resource")


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule that is broken at one path, however often: how often, and where it was seen first."""

    path: str  # without indexes: Observation.component.code
    rule: str
    message: str
    count: int
    sent: str
    check: str

    def __str__(self) -> str:
        return f"{self.path} ({self.rule}): {self.message}; {self.count} times, first in {self.sent} of {self.check}"


def breaches(deliveries: Iterable[Delivery], judge: Judge) -> list[Breach]:
    """Return what `judge` finds in the deliveries, each rule and path once, the most frequent first."""
    found: dict[tuple[str, str], Breach] = {}
    for delivery in deliveries:
        for path, problem in _problems(delivery, judge):
            seen = found.get((path, problem.rule))
            found[path, problem.rule] = Breach(
                path,
                problem.rule,
                seen.message if seen else problem.message,
                seen.count + 1 if seen else 1,
                seen.sent if seen else delivery.sent,
                seen.check if seen else delivery.check,
            )
    return sorted(found.values(), key=lambda breach: (-breach.count, breach.path, breach.rule))


def _problems(delivery: Delivery, judge: Judge) -> Iterator[tuple[str, Problem]]:
    resource = delivery.resource()
    if resource is None:
        yield NOT_A_RESOURCE.path, NOT_A_RESOURCE
        return
    for problem in judge(resource):
        yield general_path(problem.path, resource), problem


def general_path(path: str, resource: Mapping[str, Any]) -> str:
    """Return `path` without indexes; what an entry of a Bundle holds is named by its own type."""
    plain = _INDEX.sub("", path)
    inside = _IN_BUNDLE.match(plain)
    if inside is None:
        return plain
    entry = re.match(r"Bundle\.entry\[(\d+)\]", path)
    held = _held(resource, int(entry[1]) if entry else 0)
    return f"{held}.{plain[inside.end() :]}"


def _held(bundle: Mapping[str, Any], place: int) -> str:
    try:
        return str(bundle["entry"][place]["resource"]["resourceType"])
    except (LookupError, TypeError):
        return "OperationOutcome"


def held_resources(resource: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield what a delivery is about: the resource itself, or those in the entries of a Bundle."""
    if resource.get("resourceType") != "Bundle":
        yield resource
        return
    entries = resource.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        held = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(held, dict) and isinstance(held.get("resourceType"), str):
            yield held
