"""Create as Epic answers it: 201, a relative Location, no de-duplication, payloads that come back changed."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from mock_ehr import exact_json
from mock_ehr.element_order import in_order
from mock_ehr.message import Answer, Pairs, Request
from mock_ehr.store import Record
from mock_ehr.vendor import Visit
from mock_ehr.vendors.epic import dialect
from mock_ehr.vendors.epic.flowsheet import CODE_SYSTEM, ROWS
from mock_ehr.vendors.epic.notes import check_note, file_note
from mock_ehr.vendors.epic.outcomes import Issue, outcome
from mock_ehr.vendors.epic.patient_create import check_identity, matching, registered
from mock_ehr.vendors.epic.protection import ProtectedError, check_merged, check_patients, check_type
from mock_ehr.vendors.epic.site import Site
from mock_ehr.vendors.epic.vital_signs import check_vital_sign, is_mapped
from mock_ehr.vendors.epic.write_rules import (
    WriteRefusedError,
    check_condition,
    check_patient,
    check_references,
    check_structure,
    read_json,
)

XML_TYPES = ("application/fhir+xml", "application/xml", "text/xml")
NOT_FILED = ("resourceType", "id", "meta", "text")


def create(visit: Visit, site: Site) -> Answer | Awaitable[Answer]:
    """Answer a create."""
    resource_type = visit.facts.resource_type
    try:
        check_type(resource_type, site)
        body = read_body(visit.request, resource_type)
        if resource_type == "Patient":
            check_identity(body, site)
            return create_patient(visit, body, site)
        patient = check_content(body, resource_type, site)
    except (WriteRefusedError, ProtectedError, XmlBodyError) as refusal:
        return refuse(visit.request, refusal, site)
    return filed_answer(visit.request, 201, keep(body, patient, site), site)


class XmlBodyError(Exception):
    """A body in XML, which the mock does not read."""


def read_body(request: Request, resource_type: str) -> dict[str, Any]:
    """Return the resource in a request. Raises WriteRefusedError and XmlBodyError."""
    media = request.header("content-type").partition(";")[0].strip().lower()
    if media in XML_TYPES:
        raise XmlBodyError
    return check_structure(resource_type, read_json(media, request.body))


def refuse(request: Request, refusal: WriteRefusedError | ProtectedError | XmlBodyError, site: Site) -> Answer:
    """Return the answer of a refused write."""
    xml = site.quirks.xml_by_default
    if isinstance(refusal, XmlBodyError):
        return dialect.unimplemented(request, "request bodies in XML", xml_by_default=xml)
    if isinstance(refusal, ProtectedError):
        return refusal.answer(request, xml_by_default=xml)
    return dialect.refused(request, refusal.status, *refusal.issues, xml_by_default=xml)


def check_content(body: dict[str, Any], resource_type: str, site: Site, own_id: str = "") -> str:
    """Return the patient of a resource that may be written. Raises WriteRefusedError and ProtectedError.

    `own_id` is the id of what is updated, "" for something new.
    """
    store, quirks = site.state.store, site.quirks
    patient = check_patient(body, resource_type, store)
    check_merged(patient, f"Patient/{patient}", site)
    check_patients((patient,), site)
    check_references(body, patient, store)
    if resource_type == "Observation":
        check_vital_sign(body, patient, store, own_id=own_id, repeats_refused=quirks.repeated_vitals_refused)
    elif resource_type == "Condition":
        check_condition(body)
    elif resource_type == "DocumentReference":
        check_note(body)
    if resource_type in quirks.duplicates_refused and not own_id and is_duplicate(body, patient, site):
        raise WriteRefusedError(400, Issue(59141, "The same was written before."))
    return patient


def is_duplicate(body: dict[str, Any], patient: str, site: Site) -> bool:
    """Return whether the same content was written before."""
    resource_type = body["resourceType"]
    content = exact_json.dumps(in_order(as_filed(body, "", site)))
    written = (record.body() for record in site.state.store.of_patient(patient, resource_type) if record.written)
    return any(exact_json.dumps(in_order({**known, "id": ""})) == content for known in written)


async def create_patient(visit: Visit, body: dict[str, Any], site: Site) -> Answer:
    """Answer a Patient create: with the patient who is known already, or with a new one."""
    known = await matching(body, exact_json.dumps(body), site)
    if known is not None:
        answer = filed_answer(visit.request, site.quirks.matched_patient_status, known, site)
        answer.committed = False
    else:
        answer = filed_answer(visit.request, 201, known := keep(body, "", site), site)
    answer.patients = (known.id,)
    return answer


def keep(body: dict[str, Any], patient: str, site: Site) -> Record:
    """Store the resource under a new id and return its record."""
    resource_type = body["resourceType"]
    filed = as_filed(body, site.ids.new(resource_type), site)
    if resource_type == "Patient":
        filed, patient = registered(filed, site), filed["id"]
    elif resource_type == "DocumentReference":
        filed = file_note(filed, patient, site.state.store, site.ids)
    held = resource_type in site.quirks.held_types
    record = Record(resource_type, filed["id"], patient, exact_json.dumps(in_order(filed)), written=True, held=held)
    record.values["_lastUpdated"] = (this_second(site),)
    site.state.store.add(record)
    return record


def this_second(site: Site) -> tuple[float, float]:
    """Return the second that it is by the EHR's clock, as a range for date search."""
    now = float(int(site.state.clock.now()))
    return now, now + 1


def as_filed(body: dict[str, Any], new_id: str, site: Site) -> dict[str, Any]:
    """Return the resource as the EHR keeps it: under its own id, code text in capitals, with a flowsheet row."""
    filed = {"resourceType": body["resourceType"], "id": new_id}
    filed |= {name: value for name, value in body.items() if name not in NOT_FILED}
    if not site.quirks.rewrite_written or "code" not in filed:
        return filed
    code = dict(filed["code"])
    if "text" in code:
        code["text"] = code["text"].upper()
    if filed["resourceType"] == "Observation":
        rows = [ROWS[coding["code"]] for coding in code["coding"] if is_mapped(coding)]
        there = any(coding.get("system") == CODE_SYSTEM for coding in code["coding"])
        added = [] if there else [{"system": CODE_SYSTEM, "code": row} for row in rows[:1]]
        code["coding"] = [*code["coding"], *added]
    return {**filed, "code": code}


def filed_answer(request: Request, status: int, record: Record, site: Site, headers: Pairs | None = None) -> Answer:
    """Return the answer of a write, with what `Prefer` asks for: nothing, the resource, or an outcome."""
    if headers is None:
        headers = (("Location", f"{record.type}/{record.id}"),)
    prefer = request.header("prefer").replace(" ", "")
    xml = site.quirks.xml_by_default
    if "return=representation" in prefer:
        answer = dialect.respond(request, status, record.json, xml_by_default=xml, headers=headers)
    elif "return=operationoutcome" in prefer.lower():
        told = "It waits in a holding area until a clinician reconciles it." if record.held else "It was filed."
        answer = dialect.respond(request, status, outcome(Issue(59133, told)), xml_by_default=xml, headers=headers)
    else:
        answer = Answer(status, b"", "", headers)
    answer.committed = True
    return answer
