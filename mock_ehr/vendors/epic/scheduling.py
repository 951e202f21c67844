"""`POST STU3/Appointment/$find` and `$book`: free times of the directory's schedules, and taking one.

There are no such operations in Epic's R4 API (vendors.md 1.12: E2). What is booked is a real Appointment of the
patient, seen by reads and searches of R4, and its slot is busy from then on. The id of a proposed appointment is that
of its slot. Which schedules are looked at, and how service types are compared, is our own (gap).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from mock_ehr import exact_json
from mock_ehr.message import Answer, Request
from mock_ehr.search_values import moment_range
from mock_ehr.store import Record, Store
from mock_ehr.vendor import Visit
from mock_ehr.vendors.epic import dialect
from mock_ehr.vendors.epic.operation_parameters import OperationRefusedError, UnreadXmlError, read_parameters, take
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.protection import ProtectedError, check_merged, check_patients
from mock_ehr.vendors.epic.scheduling_answers import found_bundle, proposed
from mock_ehr.vendors.epic.site import Site

MOST_SCHEDULES, MOST_TIMES = 4, 50
AT_ONCE = 100  # slots made before others get their turn


def find(visit: Visit, site: Site) -> Answer | Awaitable[Answer]:
    """Answer a search for free times."""
    try:
        parts = read_parameters(visit.request)
        begins, ends = moment(parts, "startTime"), moment(parts, "endTime")
        if ends < begins:
            raise_invalid("endTime is before startTime.", "endTime")
        place = take(parts, "location-reference", "valueReference", dict, required=False)
        kind = take(parts, "serviceType", "valueCodeableConcept", dict, required=False)
    except (OperationRefusedError, UnreadXmlError) as refusal:
        return refuse(visit, refusal, site)
    location = str((place or {}).get("reference", "")).rpartition("/")[2]
    return look(visit, site, begins, ends, (location, names_of(kind or {})))


async def look(visit: Visit, site: Site, begins: float, ends: float, wanted: tuple[str, frozenset[str]]) -> Answer:
    """Answer with the free times of a few schedules, the earliest first."""
    location, kinds = wanted
    free: list[dict[str, Any]] = []
    for schedule in islice(schedules(site.state.store, location), MOST_SCHEDULES):
        for number, slot in enumerate(site.state.store.slots(schedule.id), 1):
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
            body = slot.body()
            if instant(body["start"]) >= ends:  # slots are in order of time
                break
            if body.get("status") == "free" and fits(body, begins, ends, kinds):
                free.append(proposed(body, schedule.body()))
    free.sort(key=lambda appointment: (appointment["start"], appointment["id"]))
    found = found_bundle(site, free[:MOST_TIMES], more=len(free) > MOST_TIMES)
    return dialect.respond(visit.request, 200, found, xml_by_default=site.quirks.xml_by_default)


def schedules(store: Store, location: str) -> Iterator[Record]:
    """Yield the schedules, at one place where one is named."""
    actor = f'"Location/{location}"'.encode()
    yield from (record for record in store.of_type("Schedule") if not location or actor in record.json)


def fits(slot: dict[str, Any], begins: float, ends: float, kinds: frozenset[str]) -> bool:
    """Return whether a slot lies within the time asked for and is of the kind."""
    if not begins <= instant(slot["start"]) or not instant(slot["end"]) <= ends:
        return False
    return not kinds or any(kinds & names_of(kind) for kind in slot.get("serviceType", ()))


def names_of(concept: dict[str, Any]) -> frozenset[str]:
    """Return what a CodeableConcept is called, in small letters."""
    codings = concept.get("coding")
    shown = (
        [coding.get("display") for coding in codings if isinstance(coding, dict)] if isinstance(codings, list) else []
    )
    return frozenset(str(text).casefold() for text in (concept.get("text"), *shown) if text)


def moment(parts: dict[str, dict[str, Any]], name: str) -> float:
    """Return a dateTime in epoch seconds; a date is its beginning as startTime and its end as endTime."""
    value = take(parts, name, "valueDateTime", str)
    try:
        span = moment_range(value)
    except ValueError as error:
        raise OperationRefusedError(400, Issue(59111, f"{name} {value!r} is no dateTime.", (name,))) from error
    return span[0] if name == "startTime" else span[1]


def instant(value: str) -> float:
    """Return an instant of the directory in epoch seconds."""
    return datetime.fromisoformat(value).timestamp()


def raise_invalid(text: str, name: str) -> None:
    """Refuse a value that cannot be."""
    raise OperationRefusedError(400, Issue(59111, text, (name,)))


def book(visit: Visit, site: Site) -> Answer:
    """Answer a booking."""
    try:
        parts = read_parameters(visit.request)
        patient = find_patient(identifier(parts, "patient"), site.state.store)
        note = take(parts, "appointmentNote", "valueString", str, required=False)
        slot = free_slot(identifier(parts, "appointment"), site)
        check_merged(patient, "Appointment/$book", site)
        check_patients((patient,), site)
    except (OperationRefusedError, UnreadXmlError) as refusal:
        return refuse(visit, refusal, site)
    except ProtectedError as refusal:
        return refusal.answer(visit.request, xml_by_default=site.quirks.xml_by_default)
    made = appointment(slot, patient, note or "", site)
    site.state.store.add(Record("Appointment", made["id"], patient, exact_json.dumps(made), written=True))
    site.state.store.put(replace(slot, json=exact_json.dumps({**slot.body(), "status": "busy"})))
    body = found_bundle(site, [made], more=False)
    answer = dialect.respond(visit.request, site.quirks.book_status, body, xml_by_default=site.quirks.xml_by_default)
    answer.committed = True
    answer.patients = (patient,)
    return answer


def identifier(parts: dict[str, dict[str, Any]], name: str) -> str:
    """Return the value of an Identifier parameter. Raises OperationRefusedError."""
    value = take(parts, name, "valueIdentifier", dict).get("value")
    if not isinstance(value, str) or not value:
        raise OperationRefusedError(400, Issue(59108, f"{name} has no value.", (name,)))
    return value


def find_patient(value: str, store: Store) -> str:
    """Return the id of the patient with this id or medical record number. Raises OperationRefusedError."""
    if store.find("Patient", value) is not None:
        return value
    index = store.population.locate_mrn(value)
    record = store.patient_at(index) if index is not None else None
    if record is None:
        raise OperationRefusedError(400, Issue(59144, f"Patient {value} was not found.", ("patient",)))
    return record.id


def free_slot(value: str, site: Site) -> Record:
    """Return the slot of a proposed appointment. Raises OperationRefusedError for an unknown or a taken one."""
    slot = site.state.store.find("Slot", value)
    if slot is None:
        raise OperationRefusedError(400, Issue(59144, f"Appointment {value} was not found.", ("appointment",)))
    if slot.body().get("status") != "free":
        issue = Issue(59141, "The time is taken.", ("appointment",))
        raise OperationRefusedError(site.quirks.double_booking_status, issue)
    return slot


def appointment(slot: Record, patient: str, note: str, site: Site) -> dict[str, Any]:
    """Return the Appointment of a booking, as R4 has it; STU3 is the same in these elements."""
    body = slot.body()
    schedule = site.state.store.find("Schedule", body["schedule"]["reference"].rpartition("/")[2])
    created = datetime.fromtimestamp(int(site.state.clock.now()), UTC)
    made = proposed(body, schedule.body() if schedule else {})
    made |= {"id": site.ids.new("Appointment"), "status": "booked", "created": created.strftime("%Y-%m-%dT%H:%M:%SZ")}
    if note:
        made["comment"] = note
    who = {"actor": {"reference": f"Patient/{patient}"}, "required": "required", "status": "accepted"}
    made["participant"] = [who, *({**part, "status": "accepted"} for part in made["participant"])]
    return made


def booked_for(request: Request, store: Store) -> Iterable[str]:
    """Return the patient that a booking names, as far as one can be read."""
    try:
        return (find_patient(identifier(read_parameters(request), "patient"), store),)
    except (OperationRefusedError, UnreadXmlError):
        return ()


def refuse(visit: Visit, refusal: OperationRefusedError | UnreadXmlError, site: Site) -> Answer:
    """Return the answer of a refused operation."""
    xml = site.quirks.xml_by_default
    if isinstance(refusal, UnreadXmlError):
        return dialect.unimplemented(visit.request, "request bodies in XML", xml_by_default=xml)
    return dialect.refused(visit.request, refusal.status, *refusal.issues, xml_by_default=xml)
