"""ADT messages of a chart: A01, A03, A04, A08 and A40 (HL7 v2.5.1 chapter 3).

Encounters that were cancelled or entered in error never took place, so nothing is said about them here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from synthetic.patient import OLD_MRN_SYSTEM
from synthetic.writers.hl7v2_encoding import Element, Segment
from synthetic.writers.hl7v2_event import Event, Rank
from synthetic.writers.hl7v2_patient import identifier, identifier_field, nk1, pd1, pid, pv1
from synthetic.writers.hl7v2_values import (
    FACILITY,
    coded,
    entity,
    number_of_authority,
    person_name,
    stamp,
    timestamp,
    words,
)
from synthetic.writers.hospital_clock import earliest, latest
from synthetic.writers.record import Body, Record, first

_OLD_AUTHORITY = (f"{FACILITY}-FORMER", OLD_MRN_SYSTEM.removeprefix("urn:oid:"), "ISO")
_FOUND_AFTER_ARRIVAL = 60  # seconds until the registration desk finds the record of the former clinic
# Allergen type (table 0127), severity (table 0128), diagnosis type (table 0052).
_ALLERGEN_TYPES: Mapping[str, str] = MappingProxyType({"medication": "DA", "food": "FA", "environment": "EA"})
_SEVERITIES: Mapping[str, str] = MappingProxyType({"mild": "MI", "moderate": "MO", "severe": "SV"})
_DIAGNOSIS_TYPES: Mapping[str, str] = MappingProxyType(
    {"confirmed": "F", "provisional": "W", "differential": "W", "unconfirmed": "W"}
)
_NO_INFORMATION = ("NI", "no information", "NULLFL")  # AL1-3 is required, AllergyIntolerance.code is not
_INPATIENT = ("IMP", "ACUTE", "NONAC")


def admissions(record: Record) -> Iterator[Event]:
    """The ADT messages of a chart, in no particular order."""
    visits = record.visits()
    for number, visit in enumerate(visits):
        yield _arrival(record, visit)
        if (update := _update(record, visit, visits if number == 0 else [])) is not None:
            yield update
        if "end" in visit["period"]:
            yield _departure(record, visit)
    if visits:
        yield from _merge(record, visits[0])
        yield from _superseded(record, visits[0])
        yield from _death(record, visits[-1])


def _arrival(record: Record, visit: Body) -> Event:
    """A01 for an admission, A04 for every other contact."""
    time = earliest(visit["period"]["start"])
    kind = "ADT^A01^ADT_A01" if visit["class"].get("code") in _INPATIENT else "ADT^A04^ADT_A01"
    segments = (_evn(time), pid(record, time), pd1(record), *nk1(record), pv1(record, visit, time))
    return Event(time, Rank.ARRIVAL, kind, segments)


def _departure(record: Record, visit: Body) -> Event:
    """A03: discharge, or end of the visit."""
    time = latest(visit["period"]["end"])
    segments = (_evn(time), pid(record, time), pd1(record), pv1(record, visit, time))
    return Event(time, Rank.DEPARTURE, "ADT^A03^ADT_A03", segments)


def _update(record: Record, visit: Body, visits: list[Body]) -> Event | None:
    """A08 with what a visit wrote down; the first visit is given all of them, and tells what belongs to none."""
    diagnoses, known = _asserted(record, visit, visits)
    if not diagnoses and not known:
        return None
    start = earliest(visit["period"]["start"])
    recorded = [body["recordedDate"] for body in (*diagnoses, *known) if "recordedDate" in body]
    time = max(start, *map(earliest, recorded)) if recorded else start
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


def _asserted(record: Record, visit: Body, visits: list[Body]) -> tuple[list[Body], list[Body]]:
    """The conditions and allergies of a visit that are said to be so: neither refuted nor entered in error."""

    def belongs(body: Body) -> bool:
        encounter = record.resolved(body.get("encounter"))
        return encounter is visit or (bool(visits) and not any(encounter is one for one in visits))

    conditions = [body for body in record.of_type("Condition") if belongs(body)]
    allergies = [body for body in record.of_type("AllergyIntolerance") if belongs(body)]
    return [body for body in conditions if asserted_status(body)], [body for body in allergies if asserted_status(body)]


def _merge(record: Record, arrival: Body) -> Iterator[Event]:
    """A40 for a patient who had a number in a clinic that joined the hospital."""
    former = identifier(record.patient, OLD_MRN_SYSTEM)
    if former:
        time = earliest(arrival["period"]["start"]) + _FOUND_AFTER_ARRIVAL
        yield _merged(record, time, record.patient, number_of_authority(former, _OLD_AUTHORITY, "MR"))


def _superseded(record: Record, arrival: Body) -> Iterator[Event]:
    """A40 for each further record of the patient that another one has replaced, in order of the chart."""
    time = earliest(arrival["period"]["start"]) + _FOUND_AFTER_ARRIVAL
    for number, former in enumerate(record.of_type("Patient")[1:], 2):
        replaced = [link["other"] for link in former.get("link", []) if link["type"] == "replaced-by"]
        survivor = record.resolved(first(replaced))
        numbers = [entry for entry in former.get("identifier", []) if "value" in entry]
        if survivor is not None and numbers:
            yield _merged(record, time + _FOUND_AFTER_ARRIVAL * number, survivor, identifier_field(numbers[0]))


def _merged(record: Record, time: int, survivor: Body, number: Element) -> Event:
    """A40: what was filed under a number is from now on that of the survivor."""
    name = person_name(first(survivor.get("name", [])), "L")
    merged: Segment = ("MRG", {1: number, 7: name})
    known = (_evn(time), pid(record, time, patient=survivor), pd1(record), merged)
    return Event(time, Rank.MERGE, "ADT^A40^ADT_A39", known)


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
        3: coded(allergy.get("code")) or coded(first(reactions).get("substance")) or _NO_INFORMATION,
        4: severity,
        5: [words(manifestation) for entry in reactions for manifestation in entry["manifestation"]],
    }


def _dg1(number: int, condition: Body) -> Segment:
    return "DG1", {
        1: str(number),
        3: coded(condition.get("code")),
        5: timestamp(condition.get("recordedDate", "")),
        6: _DIAGNOSIS_TYPES.get(_status(condition), "W"),
        20: entity(condition.get("id", "")),
        21: "A",
    }


def asserted_status(body: Body) -> str:
    """How sure a Condition or AllergyIntolerance is; empty when it was refuted or entered in error."""
    status = _status(body)
    return "" if status in ("refuted", "entered-in-error") else status


def _status(body: Body) -> str:
    codings = body.get("verificationStatus", {}).get("coding", [])
    return next((str(coding["code"]) for coding in codings if "code" in coding), "confirmed")
