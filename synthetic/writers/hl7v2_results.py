"""ORU R01 messages of a chart: each report of the laboratory, and each round of other measurements (chapter 7).

Every Observation is in one OBX group. Corrected and amended results are C alike, as table 0085 of v2.5.1 has it;
what was entered in error is W, a test that could not be done is X without a value, and a status that nobody knows is R
(not verified). Notes, and reasons for a missing value, are NTE segments behind their OBX.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from synthetic.instants import NOW
from synthetic.writers.hl7v2_encoding import Element, Field, Segment
from synthetic.writers.hl7v2_event import Event, Rank
from synthetic.writers.hl7v2_outcomes import limits, measured, unit
from synthetic.writers.hl7v2_patient import pd1, pid, pv1
from synthetic.writers.hl7v2_values import FACILITY, clinician, coded, entity, timestamp, words
from synthetic.writers.hospital_clock import earliest
from synthetic.writers.record import Body, Record, took_place

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
_NOT_VERIFIED = "R"
_REPORT_STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "registered": "I",
        "partial": "A",
        "preliminary": "P",
        "final": "F",
        "amended": "C",
        "corrected": "C",
        "appended": "C",
        "cancelled": "X",
        "entered-in-error": "X",
    }
)


_OUTCOME = ("value", "dataAbsentReason")  # names of elements that say what was found begin with these


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
        reported |= {body.get("id", "") for body in found}
        yield _event(record, report, _laboratory(record, report), found)
    rounds: dict[tuple[str, ...], list[Body]] = {}
    for body in record.of_type("Observation"):
        if body.get("id") not in reported:
            rounds.setdefault(_round(body), []).append(body)
    for found in rounds.values():
        yield _event(record, found[0], _bedside(record, found), found)


def _round(body: Body) -> tuple[str, ...]:
    """What Observations taken together have in common."""
    encounter = body.get("encounter", {}).get("reference", "")
    return (encounter, _category(body), *_when(body), body.get("issued", ""))


def _when(body: Body) -> tuple[str, str]:
    """When something was observed: from, and to where it took time; empty when the record does not say."""
    period = body.get("effectivePeriod", {})
    moments = [body.get("effectiveDateTime"), body.get("effectiveInstant"), period.get("start")]
    moments += body.get("effectiveTiming", {}).get("event", [])
    return next((text for text in moments if text), ""), period.get("end", "")


def _told_at(record: Record, head: Body) -> int:
    """When results were told: when they were issued, otherwise observed, otherwise when the visit began, or now."""
    visit = record.resolved(head.get("encounter")) or {}
    moments = (head.get("issued"), _when(head)[0], visit.get("period", {}).get("start"))
    return next((earliest(text) for text in moments if text), NOW)


def _event(record: Record, head: Body, order: _Order, found: list[Body]) -> Event:
    time = _told_at(record, head)
    visit = record.resolved(head.get("encounter"))
    visited = [pv1(record, visit, time)] if visit and took_place(visit) else []
    observed = (outcome for body in found for outcome in _outcomes(body))
    segments = (
        pid(record, time),
        pd1(record),
        *visited,
        ("ORC", {1: "RE", 2: order.placer, 3: order.filler, 12: order.clinician}),
        _obr(head, order),
        *_notes([head["conclusion"]] if "conclusion" in head else []),
        *(
            segment
            for number, (fields, remarks) in enumerate(observed, 1)
            for segment in (("OBX", {1: str(number), **fields}), *_notes(remarks))
        ),
    )
    return Event(time, Rank.RESULT, "ORU^R01^ORU_R01", segments)


def _notes(texts: list[str]) -> list[Segment]:
    return [("NTE", {1: str(number), 2: "L", 3: text}) for number, text in enumerate(texts, 1)]


def _obr(head: Body, order: _Order) -> Segment:
    start, end = _when(head)
    return "OBR", {
        1: "1",
        2: order.placer,
        3: order.filler,
        4: order.service,
        7: timestamp(start),
        8: timestamp(end),
        16: order.clinician,
        22: timestamp(head.get("issued") or start),
        24: order.section,
        25: order.status,
    }


def _laboratory(record: Record, report: Body) -> _Order:
    request = next((body for entry in report.get("basedOn", []) if (body := record.resolved(entry))), None)
    return _Order(
        placer=entity(request.get("id", "")) if request else "",
        filler=entity(report.get("id", "")),
        service=coded(report["code"]),
        section="LAB",
        clinician=clinician(record.practitioner([request.get("requester")] if request else [])),
        status=_REPORT_STATUSES.get(report["status"], _NOT_VERIFIED),
    )


def _bedside(record: Record, found: list[Body]) -> _Order:
    """Measurements without an order of their own; the filler's number is that of the first of them."""
    visit = record.resolved(found[0].get("encounter")) or {}
    vital = _category(found[0]) == "vital-signs"
    return _Order(
        placer="",
        filler=entity(found[0].get("id", "")),
        service=_VITAL_SIGNS if vital else coded(found[0]["code"]),
        section="",
        clinician=clinician(record.practitioner(entry.get("individual") for entry in visit.get("participant", []))),
        status="F",
    )


def _outcomes(body: Body) -> Iterator[tuple[dict[int, Field], list[str]]]:
    """The OBX fields of an Observation and the notes to them: one for its value, and one for each component."""
    components = body.get("component", [])
    own = [body] if not components or any(name.startswith(_OUTCOME) for name in body) else []
    performer = next((entry.get("display", "") for entry in body.get("performer", [])), "")
    for place, outcome in enumerate((*own, *components)):
        kind, value = measured(outcome)
        judged = outcome.get("interpretation") or body.get("interpretation", [])
        flags = [code for entry in judged for code in _codes(entry)]
        notes = [note["text"] for note in body.get("note", [])] if place == 0 else []
        yield (
            {
                2: kind,
                3: coded(outcome["code"]),
                5: value,
                6: unit(outcome),
                7: limits(outcome),
                8: [*flags],
                11: _STATUSES.get(body["status"], _NOT_VERIFIED),
                14: timestamp(_when(body)[0]),
                23: (performer or FACILITY,),
            },
            [*notes, *_reason_for_none(outcome)],
        )


def _reason_for_none(outcome: Body) -> list[str]:
    """Why there is no value: in the record, or in an extension in place of the number."""
    reasons = [f"No value: {words(outcome['dataAbsentReason'])}"] if "dataAbsentReason" in outcome else []
    masked = outcome.get("valueQuantity", {}).get("_value", {}).get("extension", [])
    return [*reasons, *(f"No value: {one['valueCode']}" for one in masked if "valueCode" in one)]


def _category(body: Body) -> str:
    return next((code for entry in body.get("category", []) for code in _codes(entry)), "")


def _codes(concept: Body) -> list[str]:
    return [coding["code"] for coding in concept.get("coding", []) if "code" in coding]
