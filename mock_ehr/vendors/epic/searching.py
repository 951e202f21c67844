"""Search as Epic answers it: which records a query finds."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence

from mock_ehr.message import Answer, MalformedQueryError
from mock_ehr.paging import Session
from mock_ehr.search import UnimplementedError
from mock_ehr.store import Record
from mock_ehr.vendor import Visit
from mock_ehr.vendors.epic import dialect
from mock_ehr.vendors.epic.bundles import searchset
from mock_ehr.vendors.epic.directory_search import entries, needs_walk, walk
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.pages import of_others, refuse, show_page
from mock_ehr.vendors.epic.patient_search import needs_index, patients
from mock_ehr.vendors.epic.protection import (
    ProtectedError,
    check_documents,
    check_merged,
    check_patients,
    check_type,
)
from mock_ehr.vendors.epic.search_query import Query, SearchRefusedError, parameters_of, query_text
from mock_ehr.vendors.epic.site import Site
from mock_ehr.vendors.epic.subtypes import categories
from mock_ehr.vendors.epic.surface import DIRECTORY


def search(visit: Visit, site: Site) -> Answer | Awaitable[Answer]:
    """Answer a search; awaitable while an index is being built or the directory walked through."""
    if visit.request.method == "POST" and not site.quirks.post_search:
        return dialect.page(404, note="this site has no search by POST")
    try:
        query = accept(visit, site)
    except UnimplementedError as missing:
        return dialect.unimplemented(visit.request, str(missing), xml_by_default=site.quirks.xml_by_default)
    except (SearchRefusedError, ProtectedError) as refusal:
        return refuse(visit, site, refusal)
    if needs_index(query) and not site.demographics.built:
        return search_later(visit, query, site)
    if needs_walk(query):
        return Answer(404, empty=True) if visit.distance else walk_later(visit, query, site)
    return run(visit, query, site)


def accept(visit: Visit, site: Site) -> Query:
    """Return the search that may run. Raises SearchRefusedError, ProtectedError and UnimplementedError."""
    check_documents(visit, site)
    check_type(visit.facts.resource_type, site)
    try:
        pairs = parameters_of(visit.request)
    except MalformedQueryError as error:
        raise SearchRefusedError(400, Issue(4100, str(error))) from error
    return site.templates.parse(visit.facts.resource_type, pairs)


async def search_later(visit: Visit, query: Query, site: Site) -> Answer:
    """Answer a demographic search once the index is there."""
    await site.demographics.ready()
    return run(visit, query, site)


async def walk_later(visit: Visit, query: Query, site: Site) -> Answer:
    """Answer a search that goes through the directory."""
    return finish(visit, query, site, await walk(query, site))


def run(visit: Visit, query: Query, site: Site) -> Answer:
    """Answer an accepted search."""
    try:
        found = select(visit, query, site)
    except (SearchRefusedError, ProtectedError) as refusal:
        return refuse(visit, site, refusal)
    if visit.distance and not query.patient:
        found = of_others(found, visit.distance, site)
    for test in query.criteria:
        found = test.select(found)
    return finish(visit, query, site, found)


def select(visit: Visit, query: Query, site: Site) -> Sequence[Record]:
    """Return the records that the query is about. Raises SearchRefusedError and ProtectedError."""
    if query.resource_type == "Patient":
        found = patients(query, site)
        query.remarks.extend(check_patients((record.id for record in found), site))
        return found
    if query.resource_type in DIRECTORY:
        return entries(query, site)
    return clinical(visit, query, site)


def clinical(visit: Visit, query: Query, site: Site) -> Sequence[Record]:
    """Return the visible records of a type by patient or by ids.

    Raises SearchRefusedError for an unknown patient and ProtectedError for one who was merged or is protected.
    """
    store = site.state.store
    if not query.patient:
        found = (store.find(query.resource_type, wanted) for wanted in query.ids)
        records = [record for record in found if record is not None and not record.held]
        query.remarks.extend(check_patients((record.patient for record in records), site))
        return records
    if store.find("Patient", query.patient) is None:
        raise SearchRefusedError(site.quirks.unknown_patient_status, Issue(4100, "No such patient.", ("patient",)))
    check_merged(query.patient, f"{query.resource_type}?{query_text(visit.request)}", site)
    query.remarks.extend(check_patients((query.patient,), site))
    patient = store.neighbour(query.patient, visit.distance) if visit.distance else query.patient
    return [
        record
        for record in store.of_patient(patient, query.resource_type)
        if not record.held and (not query.ids or record.id in query.ids)
    ]


def finish(visit: Visit, query: Query, site: Site, matches: Sequence[Record]) -> Answer:
    """Answer with the first page of the matches, or with their number."""
    if query.withheld:
        matches = [record for record in matches if query.withheld.isdisjoint(categories(record))]
    self_url = f"{site.fhir_base}/{query.resource_type}?{query_text(visit.request)}"
    if query.count_only:
        body = searchset(site.fhir_base, (), total=len(matches), self_url=self_url)
        return dialect.respond(visit.request, 200, body, xml_by_default=site.quirks.xml_by_default)
    session = Session(
        client_id=visit.facts.client_id,
        resource_type=query.resource_type,
        matches=matches,
        offset=0,
        size=min(query.count or site.quirks.total_cap, site.quirks.total_cap),
        counted=query.count is not None,
        patients=visit.facts.patients,
        expires=site.state.sessions.expiry(),
        late=tuple(query.late),
        includes=query.includes,
    )
    return show_page(visit, site, session, self_url, query.remarks)
