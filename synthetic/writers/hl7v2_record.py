"""A chart as the messages need it: parsed once, with its references resolved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from synthetic.chart import Chart
from synthetic.directory import Directory
from synthetic.writers.hl7v2_encoding import Element, Segment
from synthetic.writers.hl7v2_values import NPI_AUTHORITY, Body
from synthetic.writers.hospital_clock import epoch_seconds

HAPPENED = ("finished", "in-progress")


class Event(NamedTuple):
    """A message to be: when it happened (seconds since 1970), what it is, and its segments after MSH."""

    time: int
    rank: int  # order of messages of the same second
    kind: str  # ADT^A01^ADT_A01
    segments: tuple[Segment, ...]


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
        """When the patient died, in seconds since 1970; None for the living."""
        died = self.patient.get("deceasedDateTime")
        return None if died is None else epoch_seconds(died)

    def of_type(self, resource_type: str) -> list[Body]:
        """All resources of a type; none is fine."""
        return self.bodies.get(resource_type, [])

    def resolved(self, reference: Body | None) -> Body | None:
        """The resource of this chart that a relative reference names; None when it is elsewhere."""
        return self._by_reference.get(reference.get("reference", "")) if reference else None

    def visits(self) -> list[Body]:
        """The encounters that took place, in order of time."""
        happened = [visit for visit in self.of_type("Encounter") if visit["status"] in HAPPENED]
        return sorted(happened, key=lambda visit: epoch_seconds(visit["period"]["start"]))

    def clinician(self, references: Iterable[Body | None]) -> Element:
        """XCN of the first Practitioner among references; their display when the hospital does not know them."""
        for reference in references:
            resource_type, _, resource_id = (reference or {}).get("reference", "").partition("/")
            if reference and resource_type == "Practitioner":
                return self._clinician(resource_id, reference.get("display", ""))
        return ""

    @cached_property
    def _by_reference(self) -> dict[str, Body]:
        return {f"{name}/{body['id']}": body for name, bodies in self.bodies.items() for body in bodies}

    def _clinician(self, resource_id: str, display: str) -> Element:
        hospital = self.directory.assembly.hospital
        place = hospital.identity.place(resource_id)
        if place is None:
            return ("", display)
        who = hospital.practitioner(place.chart)
        return (who.npi, who.family, who.given, "", "", "", who.suffix, "", NPI_AUTHORITY, "L", "", "", "NPI")


def record_of(chart: Chart, directory: Directory) -> Record:
    """The record of a chart, each resource parsed once."""
    bodies: dict[str, list[dict[str, Any]]] = {}
    for resource in chart.resources:
        bodies.setdefault(resource.type, []).append(resource.body)
    return Record(chart, directory, bodies)
