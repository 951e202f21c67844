"""A chart as writers of other formats need it: parsed once, with its references resolved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from synthetic.chart import Chart
from synthetic.directory import Directory
from synthetic.hospital import Practitioner
from synthetic.instants import NOW
from synthetic.writers.hospital_clock import earliest, latest

Body = dict[str, Any]
HAPPENED = ("arrived", "triaged", "in-progress", "onleave", "finished")


@dataclass(frozen=True)
class Record:
    """The bodies of a chart by type, and the people it refers to."""

    chart: Chart
    directory: Directory
    bodies: Mapping[str, list[Body]]

    @property
    def patient(self) -> Body:
        """The Patient."""
        return self.bodies["Patient"][0]

    @cached_property
    def death(self) -> int | None:
        """When the patient had surely died, in seconds since 1970; None for the living."""
        died = self.patient.get("deceasedDateTime")
        if died is None:
            return NOW if self.patient.get("deceasedBoolean") else None
        return latest(died) if "T" in died else min(latest(died), NOW)

    def of_type(self, resource_type: str) -> list[Body]:
        """All resources of a type; none is fine."""
        return self.bodies.get(resource_type, [])

    def resolved(self, reference: Body | None) -> Body | None:
        """The resource of this chart that a relative reference names; None when it is elsewhere."""
        return self._by_reference.get(reference.get("reference", "")) if reference else None

    def visits(self) -> list[Body]:
        """The encounters that took place at a time that is known, in order of time."""
        happened = [visit for visit in self.of_type("Encounter") if took_place(visit)]
        return sorted(happened, key=lambda visit: earliest(visit["period"]["start"]))

    def practitioner(self, references: Iterable[Body | None]) -> Practitioner | None:
        """Whom the first reference to a Practitioner among these names; None when the hospital has no such person."""
        for reference in references:
            resource_type, _, resource_id = (reference or {}).get("reference", "").partition("/")
            if resource_type == "Practitioner":
                place = self.directory.assembly.hospital.identity.place(resource_id)
                return None if place is None else self.directory.assembly.hospital.practitioner(place.chart)
        return None

    @cached_property
    def _by_reference(self) -> dict[str, Body]:
        return {f"{name}/{body.get('id')}": body for name, bodies in self.bodies.items() for body in bodies}


def took_place(visit: Body) -> bool:
    """Whether an encounter took place, and its record says when it began."""
    return visit["status"] in HAPPENED and "start" in visit.get("period", {})


def first(entries: list[Body]) -> Body:
    """The first of some entries, an empty one when there are none."""
    return entries[0] if entries else {}


def record_of(chart: Chart, directory: Directory) -> Record:
    """The record of a chart, each resource parsed once."""
    bodies: dict[str, list[Body]] = {}
    for resource in chart.resources:
        bodies.setdefault(resource.type, []).append(resource.body)
    return Record(chart, directory, bodies)
