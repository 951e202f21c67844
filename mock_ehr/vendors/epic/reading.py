"""Read by id: without ETag or version, and a fatal 59008 for an id that is not there."""

from __future__ import annotations

from mock_ehr.message import Answer
from mock_ehr.store import Record
from mock_ehr.vendor import Visit
from mock_ehr.vendors.epic import dialect
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.site import Site


def read(visit: Visit, site: Site) -> Answer:
    """Answer a read."""
    record = visible(visit, site)
    xml = site.quirks.xml_by_default
    if record is None:
        return dialect.refused(visit.request, 404, Issue(59008, elements=("id",)), xml_by_default=xml)
    return dialect.respond(visit.request, 200, record.json, xml_by_default=xml)


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
