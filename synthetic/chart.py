"""A chart: one patient and everything the hospital holds about them."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from synthetic.draft import Draft, filed, lines
from synthetic.resource import Phi, Resource


@dataclass(frozen=True, slots=True)
class Chart:
    """The resources of one patient, the patient first. References stay within the chart."""

    index: int
    mrn: str
    resources: tuple[Resource, ...] = field(repr=False)  # 50 kB would drown what is printed beside a chart

    @property
    def count(self) -> int:
        """How many resources there are."""
        return len(self.resources)

    @property
    def lines(self) -> bytes:
        """The JSON of the resources, each on its own line, the last line ended too."""
        return b"\n".join([*[resource.json for resource in self.resources], b""])

    @property
    def patient(self) -> Resource:
        """The Patient resource."""
        return self.resources[0]

    @property
    def id(self) -> str:
        """The patient's id."""
        return self.resources[0].id

    def of_type(self, name: str) -> tuple[Resource, ...]:
        """All resources of a type, in order of their ordinals; empty when there are none."""
        return tuple(resource for resource in self.resources if resource.type == name)

    def find(self, resource_type: str, resource_id: str) -> Resource | None:
        """The resource of that type and id, None when the chart has none."""
        for resource in self.resources:
            if resource.id == resource_id and resource.type == resource_type:
                return resource
        return None

    def phi(self) -> tuple[Phi, ...]:
        """Every text of this chart that must not leak, each once, as it stands in the resources.

        Notes are given as they read; those of a Binary stand there in base64.
        """
        found = [*_demographics(self.patient.body)]
        for kind, texts in _ELSEWHERE.items():
            for resource in self.of_type(kind):
                found += texts(resource.body)
        for resource in self.resources:
            if b'"note":' in resource.json:
                found += [Phi("note", note["text"]) for note in resource.body["note"]]
        return tuple(dict.fromkeys(found))


class DraftedChart(Chart):
    """A chart as the population makes it: resources come into being when they are asked for."""

    __slots__ = ("_drafts", "_filed")

    _drafts: Sequence[Draft]
    _filed: tuple[Resource, ...]

    def __init__(self, index: int, mrn: str, drafts: Sequence[Draft]) -> None:
        values = {"index": index, "mrn": mrn, "_drafts": drafts, "_filed": ()}
        for name, value in values.items():
            object.__setattr__(self, name, value)  # frozen, as all charts are

    def __repr__(self) -> str:
        return f"Chart(index={self.index}, mrn={self.mrn!r})"

    def __reduce__(self) -> tuple[type[DraftedChart], tuple[int, str, Sequence[Draft]]]:
        return DraftedChart, (self.index, self.mrn, self._drafts)

    @property
    def resources(self) -> tuple[Resource, ...]:
        """The resources, the patient first."""
        if not self._filed:
            object.__setattr__(self, "_filed", tuple(map(filed, self._drafts)))
        return self._filed

    @property
    def count(self) -> int:
        """How many resources there are."""
        return len(self._drafts)

    @property
    def lines(self) -> bytes:
        """The JSON of the resources, each on its own line, the last line ended too."""
        return lines(self._drafts)


def _demographics(patient: dict[str, Any]) -> Iterator[Phi]:
    people = [patient, *patient.get("contact", [])]
    for entry in people:
        names = entry.get("name", [])
        for name in names if isinstance(names, list) else [names]:
            yield from _name(name)
        for telecom in entry.get("telecom", []):
            yield Phi(telecom["system"], telecom["value"])
    yield Phi("birth-date", patient["birthDate"])
    for identifier in patient["identifier"]:
        yield Phi("ssn" if identifier["system"].endswith("us-ssn") else "mrn", identifier["value"])
    for address in patient["address"]:
        yield from (Phi("address", line) for line in address["line"])


def _name(name: dict[str, Any]) -> Iterator[Phi]:
    parts = [*name.get("given", []), *filter(None, [name.get("family")])]
    if "text" in name:
        yield Phi("name", name["text"])
    for part in parts:
        if not re.fullmatch(r"\w\.", part):  # an initial tells nobody
            yield Phi("name", part)


def _related(body: dict[str, Any]) -> Iterator[Phi]:
    for name in body["name"]:
        yield from _name(name)
    for telecom in body["telecom"]:
        yield Phi(telecom["system"], telecom["value"])


_ELSEWHERE: dict[str, Callable[[dict[str, Any]], Iterable[Phi]]] = {
    "RelatedPerson": _related,
    "Coverage": lambda body: [Phi("member-id", body["subscriberId"])],
    "Binary": lambda body: [Phi("note", b64decode(body["data"]).decode())],
}
