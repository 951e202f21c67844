"""ADT messages of a chart: A01, A03, A04, A08 and A40 (HL7 v2.5.1 chapter 3).

Encounters that were cancelled or entered in error never took place, so nothing is said about them here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from synthetic.patient import OLD_MRN_SYSTEM
from synthetic.writers.hl7v2_encoding import Segment
from synthetic.writers.hl7v2_event import Event, Rank
from synthetic.writers.hl7v2_patient import identifier, nk1, pd1, pid, pv1
from synthetic.writers.hl7v2_values import (
    FACILITY,
    coded,
    entity,
    number_of_authority,
    person_name,
    stamp,
    timestamp,
)
from synthetic.writers.hospital_clock import epoch_seconds
from synthetic.writers.record import Body, Record

_OLD_AUTHORITY = (f"{FACILITY}-FORMER", OLD_MRN_SYSTEM.removeprefix("urn:oid:"), "ISO")
_FOUND_AFTER_ARRIVAL = 60  # seconds until the registration desk finds the record of the former clinic
# Allergen type (table 0127), severity (table 0128), diagnosis type (table 0052).
_ALLERGEN_TYPES: Mapping[str, str] = MappingProxyType({"medication": "DA", "food": "FA", "environment": "EA"})
_SEVERITIES: Mapping[str, str] = MappingProxyType({"mild": "MI", "moderate": "MO", "severe": "SV"})
_DIAGNOSIS_TYPES: Mapping[str, str] = MappingProxyType({"confirmed": "F", "provisional": "W", "differential": "W"})


def admissions(record: Record) -> Iterator[Event]:
    """The ADT messages of a chart, in no particular order."""
    visits = record.visits()
    for number, visit in enumerate(visits):
        yield _arrival(record, visit)
        if (update := _update(record, visit, earlier=number == 0)) is not None:
            yield update
        if "end" in visit["period"]:
            yield _departure(record, visit)
    if visits:
        yield from _merge(record, visits[0])
        yield from _death(record, visits[-1])


def _arrival(record: Record, visit: Body) -> Event:
    """A01 for an admission, A04 for every other contact."""
    time = epoch_seconds(visit["period"]["start"])
    kind = "ADT^A01^ADT_A01" if visit["class"]["code"] == "IMP" else "ADT^A04^ADT_A01"
    segments = (_evn(time), pid(record, time), pd1(record), *nk1(record), pv1(record, visit, time))
    return Event(time, Rank.ARRIVAL, kind, segments)


def _departure(record: Record, visit: Body) -> Event:
    """A03: discharge, or end of the visit."""
    time = epoch_seconds(visit["period"]["end"])
    segments = (_evn(time), pid(record, time), pd1(record), pv1(record, visit, time))
    return Event(time, Rank.DEPARTURE, "ADT^A03^ADT_A03", segments)


def _update(record: Record, visit: Body, *, earlier: bool) -> Event | None:
    """A08 with what a visit wrote down; `earlier` adds the conditions that are older than all visits."""
    conditions = [body for body in record.of_type("Condition") if _belongs(record, body, visit, earlier=earlier)]
    allergies = [
        body for body in record.of_type("AllergyIntolerance") if _belongs(record, body, visit, earlier=earlier)
    ]
    diagnoses = [body for body in conditions if _status(body) in _DIAGNOSIS_TYPES]
    known = [body for body in allergies if _status(body) not in ("refuted", "entered-in-error")]
    if not diagnoses and not known:
        return None
    start = epoch_seconds(visit["period"]["start"])
    time = max(start, *(epoch_seconds(body["recordedDate"]) for body in (*diagnoses, *known)))
    segments = (
        _evn(time),
        pid(record, time, snapshot=True),
        pd1(record),
        *nk1(record),
        pv1(record, visit, time),
        *(_al1(number, body) for number, body in enumerate(known, 1)),
        *(_dg1(number, body) for number, body in enumerate(diagnoses, 1)),
    )
    return Event(time, Rank.UPDATE, "ADT^A08^ADT_A01", segments)


def _merge(record: Record, first: Body) -> Iterator[Event]:
    """A40 for a patient who had a number in a clinic that joined the hospital."""
    former = identifier(record.patient, OLD_MRN_SYSTEM)
    if former:
        time = epoch_seconds(first["period"]["start"]) + _FOUND_AFTER_ARRIVAL
        name = person_name(record.patient["name"][0], "L")
        merged: Segment = ("MRG", {1: number_of_authority(former, _OLD_AUTHORITY, "MR"), 7: name})
        yield Event(time, Rank.MERGE, "ADT^A40^ADT_A39", (_evn(time), pid(record, time), pd1(record), merged))


def _death(record: Record, last: Body) -> Iterator[Event]:
    """A08 that tells the death; the chart leaves the last encounter open."""
    time = record.death
    if time is not None:
        segments = (_evn(time), pid(record, time, snapshot=True), pd1(record), *nk1(record), pv1(record, last, time))
        yield Event(time, Rank.UPDATE, "ADT^A08^ADT_A01", segments)


def _evn(time: int) -> Segment:
    return "EVN", {2: stamp(time), 6: stamp(time), 7: (FACILITY,)}


def _al1(number: int, allergy: Body) -> Segment:
    kind = next((_ALLERGEN_TYPES.get(category, "") for category in allergy.get("category", [])), "")
    reactions = [entry for entry in allergy.get("reaction", []) if entry.get("manifestation")]
    severity = next((_SEVERITIES.get(entry.get("severity", ""), "") for entry in reactions), "")
    return "AL1", {
        1: str(number),
        2: kind,
        3: coded(allergy.get("code")),
        4: severity,
        5: [manifestation.get("text", "") for entry in reactions for manifestation in entry["manifestation"]],
    }


def _dg1(number: int, condition: Body) -> Segment:
    return "DG1", {
        1: str(number),
        3: coded(condition.get("code")),
        5: timestamp(condition["recordedDate"]),
        6: _DIAGNOSIS_TYPES[_status(condition)],
        20: entity(condition["id"]),
        21: "A",
    }


def _belongs(record: Record, body: Body, visit: Body, *, earlier: bool) -> bool:
    if "recordedDate" not in body:
        return False
    encounter = record.resolved(body.get("encounter"))
    return encounter is visit or (encounter is None and earlier)


def _status(body: Body) -> str:
    codings = body.get("verificationStatus", {}).get("coding", [])
    return str(codings[0]["code"]) if codings else "confirmed"
