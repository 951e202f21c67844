"""Update: of what is there, under its own id, without versions or conditions (vendors.md 1.2: S, E1)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mock_ehr import exact_json
from mock_ehr.element_order import in_order
from mock_ehr.message import Answer
from mock_ehr.store import Record
from mock_ehr.vendor import Visit
from mock_ehr.vendors.epic.notes import file_note
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.protection import ProtectedError, check_type
from mock_ehr.vendors.epic.reading import missing
from mock_ehr.vendors.epic.site import Site
from mock_ehr.vendors.epic.write_rules import PATIENT_ELEMENT, WriteRefusedError
from mock_ehr.vendors.epic.writing import (
    XmlBodyError,
    as_filed,
    check_content,
    filed_answer,
    read_body,
    refuse,
    this_second,
)


def update(visit: Visit, site: Site) -> Answer:
    """Answer an update: 200, or 404 for what is not there, which it does not create."""
    try:
        record = known(visit, site)
        body = read_body(visit.request, record.type)
        check_same(body, record, check_content(body, record.type, site, record.id))
    except (WriteRefusedError, ProtectedError, XmlBodyError) as refusal:
        return refuse(visit.request, refusal, site)
    filed = as_filed(body, record.id, site)
    if record.type == "DocumentReference":
        filed = file_note(filed, record.patient, site.state.store, site.ids)
    kept = site.state.store.put(replace(record, json=exact_json.dumps(in_order(filed)), written=True))
    kept.values["_lastUpdated"] = (this_second(site),)
    return filed_answer(visit.request, 200, kept, site, headers=())


def known(visit: Visit, site: Site) -> Record:
    """Return what is to be updated. Raises ProtectedError."""
    resource_type, resource_id = visit.facts.resource_type, visit.facts.resource_id
    check_type(resource_type, site)
    record = site.state.store.find(resource_type, resource_id)
    if record is None or (record.held and not site.quirks.held_are_readable):
        raise missing(resource_type, resource_id, site)
    return record


def check_same(body: dict[str, Any], record: Record, patient: str) -> None:
    """Refuse another id than that of the address (59102) and another patient (59159). Raises WriteRefusedError."""
    if body.get("id") != record.id:
        raise WriteRefusedError(400, Issue(59102, "The id is not that of the address.", ("id",)))
    if patient != record.patient:
        element = PATIENT_ELEMENT[record.type]
        raise WriteRefusedError(400, Issue(59159, "A record stays with its patient.", (element,)))
