"""ORU R01 messages of a chart: each report of the laboratory, and each round of other measurements (chapter 7).

Every Observation is in one OBX group. Corrected and amended results are C alike, as table 0085 of v2.5.1 has it;
what was entered in error is W, and a test that could not be done is X without a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from synthetic.writers.hl7v2_encoding import Element, Field, Segment
from synthetic.writers.hl7v2_event import Event, Rank
from synthetic.writers.hl7v2_patient import pd1, pid, pv1
from synthetic.writers.hl7v2_values import FACILITY, clinician, coded, entity, limits, measured, timestamp, unit
from synthetic.writers.hospital_clock import epoch_seconds
from synthetic.writers.record import HAPPENED, Body, Record

_VITAL_SIGNS: Element = (
    "85353-1",
    "Vital signs, weight, height, head circumference, oxygen saturation and BMI panel",
    "LN",
)
# Table 0085 for OBX-11, table 0123 for OBR-25.
_STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "registered": "I",
        "preliminary": "P",
        "final": "F",
        "amended": "C",
        "corrected": "C",
        "cancelled": "X",
        "entered-in-error": "W",
    }
)
_REPORT_STATUSES: Mapping[str, str] = MappingProxyType({"partial": "A", "preliminary": "P", "final": "F"})


class _Order(NamedTuple):
    """What OBR says about a group of Observations."""

    placer: Element
    filler: Element
    service: Element
    section: str  # table 0074
    clinician: Element
    status: str


def results(record: Record) -> Iterator[Event]:
    """The ORU messages of a chart, in no particular order."""
    reported: set[str] = set()
    for report in record.of_type("DiagnosticReport"):
        found = [body for entry in report.get("result", []) if (body := record.resolved(entry)) is not None]
        if found:
            reported |= {body["id"] for body in found}
            yield _event(record, report, _laboratory(record, report), found)
    rounds: dict[tuple[str, ...], list[Body]] = {}
    for body in record.of_type("Observation"):
        if body["id"] not in reported:
            rounds.setdefault(_round(body), []).append(body)
    for found in rounds.values():
        yield _event(record, found[0], _bedside(record, found), found)


def _round(body: Body) -> tuple[str, ...]:
    """What Observations taken together have in common."""
    encounter = body.get("encounter", {}).get("reference", "")
    return (encounter, _category(body), body["effectiveDateTime"], body.get("issued", ""))


def _event(record: Record, head: Body, order: _Order, found: list[Body]) -> Event:
    time = epoch_seconds(head.get("issued") or head["effectiveDateTime"])
    visit = record.resolved(head.get("encounter"))
    visited = [pv1(record, visit, time)] if visit and visit["status"] in HAPPENED else []
    observed = (segment for body in found for segment in _outcomes(body))
    segments = (
        pid(record, time),
        pd1(record),
        *visited,
        ("ORC", {1: "RE", 2: order.placer, 3: order.filler, 12: order.clinician}),
        _obr(head, order),
        *(("OBX", {1: str(number), **fields}) for number, fields in enumerate(observed, 1)),
    )
    return Event(time, Rank.RESULT, "ORU^R01^ORU_R01", segments)


def _obr(head: Body, order: _Order) -> Segment:
    return "OBR", {
        1: "1",
        2: order.placer,
        3: order.filler,
        4: order.service,
        7: timestamp(head["effectiveDateTime"]),
        16: order.clinician,
        22: timestamp(head.get("issued") or head["effectiveDateTime"]),
        24: order.section,
        25: order.status,
    }


def _laboratory(record: Record, report: Body) -> _Order:
    request = next((body for entry in report.get("basedOn", []) if (body := record.resolved(entry))), None)
    return _Order(
        placer=entity(request["id"]) if request else "",
        filler=entity(report["id"]),
        service=coded(report["code"]),
        section="LAB",
        clinician=clinician(record.practitioner([request.get("requester")] if request else [])),
        status=_REPORT_STATUSES.get(report["status"], "F"),
    )


def _bedside(record: Record, found: list[Body]) -> _Order:
    """Measurements without an order of their own; the filler's number is that of the first of them."""
    visit = record.resolved(found[0].get("encounter")) or {}
    vital = _category(found[0]) == "vital-signs"
    return _Order(
        placer="",
        filler=entity(found[0]["id"]),
        service=_VITAL_SIGNS if vital else coded(found[0]["code"]),
        section="",
        clinician=clinician(record.practitioner(entry.get("individual") for entry in visit.get("participant", []))),
        status="F",
    )


def _outcomes(body: Body) -> Iterator[dict[int, Field]]:
    """The OBX fields of an Observation: one for its value, or one for each component."""
    for outcome in body.get("component", [body]):
        kind, value = measured(outcome)
        flags = [code for entry in body.get("interpretation", []) for code in _codes(entry)]
        performer = next((entry.get("display", "") for entry in body.get("performer", [])), "")
        yield {
            2: kind,
            3: coded(outcome["code"]),
            5: value,
            6: unit(outcome["valueQuantity"]) if "valueQuantity" in outcome else "",
            7: limits(outcome),
            8: [*flags],
            11: _STATUSES[body["status"]],
            14: timestamp(body["effectiveDateTime"]),
            23: (performer or FACILITY,),
        }


def _category(body: Body) -> str:
    return next((code for entry in body.get("category", []) for code in _codes(entry)), "")


def _codes(concept: Body) -> list[str]:
    return [coding["code"] for coding in concept.get("coding", [])]
