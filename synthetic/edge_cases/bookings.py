"""Further appointments for a chart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from synthetic.edge_cases.case import Changes, Scene
from synthetic.edge_cases.paths import Json
from synthetic.meta import meta

_MADE = "2026-06-15T15:00:00Z"


def new_booking(scene: Scene, number: int, status: str, start: str, end: str, minutes: int) -> Json:
    """An Appointment of this patient with the people and the place of an earlier one."""
    model = scene.chart.of_type("Appointment")[0].body
    accepted = "declined" if status == "cancelled" else "accepted"
    people: list[dict[str, Any]] = [entry | {"status": "accepted"} for entry in model["participant"]]
    people[0]["status"] = accepted
    return {
        "resourceType": "Appointment",
        "id": scene.new_id("Appointment", number),
        "meta": meta(),
        "status": status,
        "serviceType": [{"text": "Office Visit"}],
        "description": "Office Visit",
        "start": start,
        "end": end,
        "minutesDuration": minutes,
        "created": _MADE,
        "participant": people,
    }


def booking(scene: Scene, start: str, end: str, minutes: int) -> Iterator[tuple[Json, Changes]]:
    """One booked Appointment; the truth is when it is."""
    yield (
        new_booking(scene, 0, "booked", start, end, minutes),
        {"start": start, "end": end, "minutesDuration": minutes},
    )
