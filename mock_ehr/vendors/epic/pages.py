"""Pages of a search: bundles, their totals, remarks, and the sessions behind `next` links (vendors.md 1.7: S, E1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mock_ehr.message import LASTING, Answer, Lasting, MalformedQueryError
from mock_ehr.paging import Session
from mock_ehr.search import PARAMETERS
from mock_ehr.search import values_of as search_values
from mock_ehr.store import Record
from mock_ehr.vendor import Visit
from mock_ehr.vendors.epic import dialect
from mock_ehr.vendors.epic.bundles import bundle_head, entries
from mock_ehr.vendors.epic.includes import included
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.protection import ProtectedError, is_capped
from mock_ehr.vendors.epic.search_query import SearchRefusedError
from mock_ehr.vendors.epic.site import Site
from mock_ehr.vendors.epic.surface import DIRECTORY

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
    more = following < len(session.matches)
    shown: Sequence[Record] = session.matches[session.offset : following]
    if visit.distance and visit.facts.interaction == "next-page":
        shown = of_others(shown, visit.distance, site)
    if session.late:
        shown = [record for record in shown if all(test.matches(record) for test in session.late)]
    rest = entries(
        site.fhir_base,
        shown,
        self_url=self_url,
        included=included(shown, session.includes, visit, site) if session.includes else (),
        remarks=[*remarks, *closing_remarks(session, shown, site)],
    )
    number = total(session, len(shown), site)

    def begin() -> bytes:
        return bundle_head(number, self_url, next_url(session, site) if more else "")

    answer = dialect.respond(visit.request, 200, begin() + rest, xml_by_default=site.quirks.xml_by_default)
    if is_lasting(visit, session, site) and not (more and answer.content_type != dialect.FHIR_JSON):
        answer.lasting = Lasting(begin, rest) if more else LASTING
    answer.empty = not shown
    if session.resource_type == "Patient":
        answer.patients = tuple(record.id for record in shown)
    return answer


def next_url(session: Session, site: Site) -> str:
    """Return the address of the page that follows; one of its own for each search, from now on as long as they live."""
    if not session.key:
        session.expires = site.state.sessions.expiry()
    return f"{site.fhir_base}/{session.resource_type}?sessionID={site.state.sessions.open_next(session)}"


def is_lasting(visit: Visit, session: Session, site: Site) -> bool:
    """Return whether the page is the first one of a search in one patient's chart and nothing counts how often."""
    if session.key or session.resource_type in ("Patient", *DIRECTORY) or visit.distance:
        return False
    return len(session.patients) == 1 and not is_capped(session.resource_type, site)


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
