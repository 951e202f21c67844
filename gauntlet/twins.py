"""Records of a chart and what a gateway delivers of them, matched by what they say where their ids differ. Pure.

Unity's rows carry a part of a FHIR record: two records are twins when they say the same in all that rows can carry.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from synthetic.metamorphic.facts import SECTIONS, Fact
from synthetic.metamorphic.fhir_facts import fhir_facts
from synthetic.metamorphic.local_times import shown, shown_day
from synthetic.metamorphic.reading import Find
from synthetic.population import Chart
from synthetic.resource import Resource
from synthetic.writers.unity_values import when_of, words_of

Json = Mapping[str, Any]
Said = tuple[tuple[str, str], ...]  # what a record says, as sorted pairs

_TO_COME = ("booked", "pending", "proposed", "waitlist")
_NOBODYS = "|LOCAL"  # ends the code of a system that is only the hospital's own
# What a row of Unity shows in words of its own, or not at all.
_UNTOLD: Mapping[str, tuple[str, ...]] = {
    "schedule": ("with", "where"),
    "patient": ("race", "married", "language", "further", "phone home", "phone work", "phone mobile", "email"),
}


@dataclass(frozen=True)
class Twins:
    """The pairs (delivered, recorded), what of the records is not delivered, and what is delivered beyond them."""

    pairs: tuple[tuple[Json, Resource], ...]
    missing: tuple[Resource, ...]
    extra: tuple[Json, ...]


def twins(recorded: Iterable[Resource], delivered: Iterable[Json], find: Find) -> Twins:
    """Match records with what was delivered; of several that say the same, each is taken once."""
    rest: dict[Said, list[Json]] = defaultdict(list)
    for number, item in enumerate(delivered):
        try:
            rest[said(item, find)].append(item)
        except (LookupError, TypeError, ValueError, AttributeError):  # no record at all: nobody's twin
            rest[(("unreadable", str(number)),)].append(item)
    pairs: list[tuple[Json, Resource]] = []
    missing: list[Resource] = []
    for record in recorded:
        fitting = rest[said(record.body, find)]
        if fitting:
            pairs.append((fitting.pop(0), record))
        else:
            missing.append(record)
    return Twins(tuple(pairs), tuple(missing), tuple(item for items in rest.values() for item in items))


def said(body: Json, find: Find) -> Said:
    """Return what a record says of what a row of Unity can carry."""
    kind = str(body["resourceType"])
    if kind == "Encounter":
        return (("start", shown(body.get("period", {}).get("start", ""))),)
    facts = fhir_facts([dict(body)], find)
    told = [_told(section, fact) for section in SECTIONS for fact in facts.get(section, ())]
    if kind == "Observation" and not told:  # social history, of which rows tell the day
        told = [{"name": words_of(body.get("code")), "taken": shown_day(when_of(dict(body)))}]
    return tuple(sorted(item for fact in told for item in fact.items()))


def _told(section: str, fact: Fact) -> Fact:
    plain = {name: value for name, value in fact.items() if name not in _UNTOLD.get(section, ())}
    return {**plain, "code": ""} if plain.get("code", "").endswith(_NOBODYS) else plain


def in_rows(chart: Chart, resource_type: str) -> tuple[Resource, ...]:
    """Return the records of a type as Unity has them: an appointment that is still to come is an encounter, too."""
    recorded = chart.of_type(resource_type)
    if resource_type != "Encounter":
        return recorded
    return (*recorded, *(_visit(item) for item in chart.of_type("Appointment") if item.body["status"] in _TO_COME))


def _visit(appointment: Resource) -> Resource:
    body = appointment.body
    visit = {"resourceType": "Encounter", "id": appointment.id, "period": {"start": body.get("start", "")}}
    return Resource("Encounter", appointment.id, json.dumps(visit).encode())


def find_in(chart: Chart, directory: Any) -> Find:
    """Return what finds the resources that records of `chart` refer to: in the chart, then in the directory."""

    def find(resource_type: str, resource_id: str) -> dict[str, Any] | None:
        found = chart.find(resource_type, resource_id) or directory.find(resource_type, resource_id)
        return None if found is None else found.body

    return find
