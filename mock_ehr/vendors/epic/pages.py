"""Pages of a search: bundles, their totals, remarks, and the sessions behind `next` links (vendors.md 1.7: S, E1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mock_ehr.message import Answer, MalformedQueryError
from mock_ehr.paging import Session
from mock_ehr.search import PARAMETERS
from mock_ehr.search import values_of as search_values
from mock_ehr.store import Record
from mock_ehr.vendor import Visit
from mock_ehr.vendors.epic import dialect
from mock_ehr.vendors.epic.bundles import searchset
from mock_ehr.vendors.epic.includes import included
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.protection import ProtectedError
from mock_ehr.vendors.epic.search_query import SearchRefusedError
from mock_ehr.vendors.epic.site import Site

CVX = "http://hl7.org/fhir/sid/cvx|"
WITH_PAGE = ("sessionID", "_format")


def refuse(visit: Visit, site: Site, refusal: SearchRefusedError | ProtectedError) -> Answer:
    """Return the answer of a refused search."""
    xml = site.quirks.xml_by_default
    if isinstance(refusal, ProtectedError):
        return refusal.answer(visit.request, xml_by_default=xml)
    if not refusal.issues:
        return dialect.forbidden("a search of this type needs a patient")
    return dialect.refused(visit.request, refusal.status, *refusal.issues, xml_by_default=xml)


def next_page(visit: Visit, site: Site) -> Answer:
    """Answer a `next` link."""
    try:
        parameters = dict(visit.request.parameters())
    except MalformedQueryError:
        parameters = {}
    key = parameters.get("sessionID", "")
    if site.quirks.page_parameters_checked and parameters.keys() - set(WITH_PAGE):
        return refuse(visit, site, SearchRefusedError(400, Issue(4116, "A page takes its sessionID alone.")))
    session = site.state.sessions.find(key, visit.facts.client_id, visit.facts.resource_type)
    if session is None:
        issue = Issue(4113, "The session is unknown or has expired.", ("sessionID",))
        return refuse(visit, site, SearchRefusedError(site.quirks.expired_page_status, issue))
    return show_page(visit, site, session, f"{site.fhir_base}/{session.resource_type}?sessionID={key}", ())


def show_page(visit: Visit, site: Site, session: Session, self_url: str, remarks: Sequence[Issue]) -> Answer:
    """Answer with the page at which a session stands and a link to the following one."""
    following = session.offset + session.size
    next_url = ""
    if following < len(session.matches):
        key = site.state.sessions.open_next(session)
        next_url = f"{site.fhir_base}/{session.resource_type}?sessionID={key}"
    shown: Sequence[Record] = session.matches[session.offset : following]
    if visit.distance and visit.facts.interaction == "next-page":
        shown = of_others(shown, visit.distance, site)
    if session.late:
        shown = [record for record in shown if all(test.matches(record) for test in session.late)]
    body = searchset(
        site.fhir_base,
        shown,
        included=included(shown, session.includes, visit, site) if session.includes else (),
        total=total(session, len(shown), site),
        self_url=self_url,
        next_url=next_url,
        remarks=[*remarks, *closing_remarks(session, shown, site)],
    )
    answer = dialect.respond(visit.request, 200, body, xml_by_default=site.quirks.xml_by_default)
    answer.empty = not shown
    if session.resource_type == "Patient":
        answer.patients = tuple(record.id for record in shown)
    return answer


def total(session: Session, shown: int, site: Site) -> int:
    """Return Bundle.total: the page's size with `_count`, else the number of matches up to the cap."""
    if session.counted and site.quirks.total_is_page_size:
        return shown
    return min(len(session.matches), site.quirks.total_cap)


def closing_remarks(session: Session, shown: Sequence[Record], site: Site) -> Iterator[Issue]:
    """Yield the issues that go into a bundle as its outcome entry."""
    if not session.matches:
        yield Issue(4101, severity=site.quirks.empty_severity)
        if site.quirks.empty_adds_4119:
            yield Issue(4119)
    elif shown and session.resource_type in site.quirks.trailing_outcome_types:
        yield Issue(4119)
    if session.resource_type == "Immunization" and any(lacks_cvx(record) for record in shown):
        yield Issue(4117, elements=("vaccineCode",))


def lacks_cvx(record: Record) -> bool:
    """Return whether an immunization has no CVX code."""
    codes = search_values(record, PARAMETERS["Immunization"]["vaccine-code"])
    return not any(code.startswith(CVX) for code in codes)


def of_others(found: Sequence[Record], distance: int, site: Site) -> list[Record]:
    """Return, for each record, one of the same type out of another patient's chart."""
    others: list[Record] = []
    for record in found:
        neighbour = site.state.store.neighbour(record.patient, distance)
        theirs = [other for other in site.state.store.of_patient(neighbour, record.type) if other not in others]
        others.extend(theirs[:1])
    return others
