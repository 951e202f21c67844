"""A population of hand-made charts, for what a synthetic one does not hold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Paper:
    """A hand-made resource."""

    type: str
    id: str
    json: bytes


@dataclass(frozen=True)
class Folder:
    """A hand-made chart."""

    id: str
    mrn: str
    resources: tuple[Paper, ...]


def paper(body: dict[str, Any]) -> Paper:
    return Paper(body["resourceType"], body["id"], json.dumps(body).encode())


class Register:
    """A hand-made directory."""

    def __init__(self, bodies: list[dict[str, Any]]) -> None:
        self._papers = [paper(body) for body in bodies]
        self.types = tuple({made.type for made in self._papers})

    def find(self, resource_type: str, id: str) -> Paper | None:  # noqa: A002 - the population's own word
        return next((made for made in self._papers if (made.type, made.id) == (resource_type, id)), None)

    def of_type(self, resource_type: str) -> Iterator[Paper]:
        return (made for made in self._papers if made.type == resource_type)

    def slots(self, schedule_id: str) -> Iterator[Paper]:
        reference = f'"Schedule/{schedule_id}"'.encode()
        return (made for made in self.of_type("Slot") if reference in made.json)


class Shelf:
    """A hand-made population: its charts in order, and what they share."""

    def __init__(self, charts: list[list[dict[str, Any]]], shared: Iterable[dict[str, Any]] = ()) -> None:
        self._charts = [
            Folder(chart[0]["id"], f"M{index}", tuple(paper(body) for body in chart))
            for index, chart in enumerate(charts)
        ]
        self._register = Register(list(shared))
        self.size = len(charts)
        self.generated: list[int] = []

    def chart(self, index: int) -> Folder:
        self.generated.append(index)
        return self._charts[index]

    def patient(self, index: int) -> Paper:
        return self.chart(index).resources[0]

    def locate(self, resource_type: str, id: str) -> int | None:  # noqa: A002 - the population's own word
        for index, chart in enumerate(self._charts):
            if any((paper.type, paper.id) == (resource_type, id) for paper in chart.resources):
                return index
        return None

    def locate_mrn(self, mrn: str) -> int | None:
        return next((index for index, chart in enumerate(self._charts) if chart.mrn == mrn), None)

    def directory(self) -> Register:
        return self._register
