"""Read by id: without ETag or version, and a fatal 59008 for an id that is not there."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode

from mock_ehr.legible import legible
from mock_ehr.message import LASTING, Answer, Request
from mock_ehr.negotiation import FORMATS, accepted
from mock_ehr.store import Record
from mock_ehr.vendor import Visit
from mock_ehr.vendors.epic import dialect
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.protection import (
    ProtectedError,
    check_documents,
    check_merged,
    check_patients,
    check_type,
    is_capped,
)
from mock_ehr.vendors.epic.site import Site
from mock_ehr.vendors.epic.subtypes import is_withheld

POSSIBLE_ID = re.compile(r"[A-Za-z0-9.\-]+")  # longer than FHIR's 64 characters too: bulk ids are (vendors.md 1.8)


def read(visit: Visit, site: Site) -> Answer:
    """Answer a read."""
    xml = site.quirks.xml_by_default
    try:
        record = readable(visit, site)
    except ProtectedError as refusal:
        return refusal.answer(visit.request, xml_by_default=xml)
    if record.type == "Binary" and site.quirks.binary_native and not asks_for_fhir(visit.request):
        return native(record)
    answer = dialect.respond(visit.request, 200, record.json, xml_by_default=xml)
    if not is_capped(record.type, site):
        answer.lasting = LASTING
    return answer


def readable(visit: Visit, site: Site) -> Record:
    """Return the record that the read gets. Raises ProtectedError."""
    resource_type = visit.facts.resource_type
    check_documents(visit, site)
    check_type(resource_type, site)
    record = visible(visit, site)
    if record is None:
        raise missing(resource_type, visit.facts.resource_id, site)
    if resource_type == "Patient":
        check_merged(record.id, f"Patient/{record.id}", site)
    check_patients((record.patient,), site)
    if site.quirks.withheld_subtypes and is_withheld(record, site.quirks):
        raise ProtectedError(403, Issue(4118, "The client is not authorized for this sub-type."))
    if resource_type in site.quirks.unproducible_types:
        raise ProtectedError(500, Issue(4104, f"A required element of {resource_type} is missing."))
    return record


def missing(resource_type: str, resource_id: str, site: Site) -> ProtectedError:
    """Return the refusal of a read that finds nothing: deleted, no possible id, or simply not there."""
    if site.state.store.removed(resource_type, resource_id):
        return ProtectedError(site.quirks.deleted_status, Issue(4103, elements=("id",)))
    if not POSSIBLE_ID.fullmatch(resource_id):
        return ProtectedError(site.quirks.invalid_id_status, Issue(4102, elements=("id",)))
    return ProtectedError(404, Issue(59008, elements=("id",)))


def visible(visit: Visit, site: Site) -> Record | None:
    """Return the record that the read gets, None when there is none to see."""
    store = site.state.store
    record = store.find(visit.facts.resource_type, visit.facts.resource_id)
    if record is None or (record.held and not site.quirks.held_are_readable):
        return None
    if not visit.distance:
        return record
    theirs = store.of_patient(store.neighbour(record.patient, visit.distance), record.type)
    return theirs[0] if theirs else None


def asks_for_fhir(request: Request) -> bool:
    """Return whether one of FHIR's own formats is asked for (hl7.org/fhir/R4/binary.html#rest)."""
    if dialect.asked_format(request):
        return True
    return any(media in FORMATS for media in accepted(request.header("accept")))


def native(record: Record) -> Answer:
    """Return the content of a Binary as it is."""
    body = legible(record.json) or {}
    try:
        content = b64decode(body.get("data", ""), validate=True)
    except (binascii.Error, ValueError, TypeError):
        content = b""
    return Answer(200, content, str(body.get("contentType", "application/octet-stream")))
