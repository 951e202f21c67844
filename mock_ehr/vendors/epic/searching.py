"""Search as Epic answers it: bundles, pages, and the several ways of finding nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from mock_ehr.demographics import Person, person
from mock_ehr.message import Answer, MalformedQueryError
from mock_ehr.paging import Session
from mock_ehr.search import UnimplementedError
from mock_ehr.search_values import fold
from mock_ehr.store import Record
from mock_ehr.vendor import Visit
from mock_ehr.vendors.epic import dialect
from mock_ehr.vendors.epic.bundles import searchset
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.search_rules import Query, SearchRefusedError, enough_demographics, parse_query
from mock_ehr.vendors.epic.site import Site


def search(visit: Visit, site: Site) -> Answer | Awaitable[Answer]:
    """Answer a search; awaitable while the demographic index is being built."""
    try:
        query = parse_query(visit.facts.resource_type, visit.request.parameters(), site.quirks)
    except MalformedQueryError as error:
        return refuse(visit, site, SearchRefusedError(400, Issue(4100, str(error))))
    except UnimplementedError as missing:
        return dialect.unimplemented(visit.request, str(missing), xml_by_default=site.quirks.xml_by_default)
    except SearchRefusedError as refusal:
        return refuse(visit, site, refusal)
    if needs_index(query) and not site.demographics.built:
        return search_later(visit, query, site)
    return run(visit, query, site)


async def search_later(visit: Visit, query: Query, site: Site) -> Answer:
    """Answer a demographic search once the index is there."""
    await site.demographics.ready()
    return run(visit, query, site)


def refuse(visit: Visit, site: Site, refusal: SearchRefusedError) -> Answer:
    """Return the answer of a refused search."""
    if not refusal.issues:
        return dialect.forbidden("a search of this type needs a patient")
    return dialect.refused(visit.request, refusal.status, *refusal.issues, xml_by_default=site.quirks.xml_by_default)


def needs_index(query: Query) -> bool:
    """Return whether the search goes by demographics alone."""
    identified = "_id" in query.values or "identifier" in query.values
    return query.resource_type == "Patient" and not identified and enough_demographics(query)


def run(visit: Visit, query: Query, site: Site) -> Answer:
    """Answer an accepted search."""
    try:
        found = patients(query, site) if query.resource_type == "Patient" else clinical(visit, query, site)
    except SearchRefusedError as refusal:
        return refuse(visit, site, refusal)
    if visit.distance and not query.patient:
        found = of_others(found, visit.distance, site)
    matches = found
    for test in query.criteria:
        matches = test.select(matches)
    self_url = f"{site.fhir_base}/{query.resource_type}?{visit.request.query}"
    if query.count_only:
        body = searchset(site.fhir_base, (), total=len(matches), self_url=self_url)
        return dialect.respond(visit.request, 200, body, xml_by_default=site.quirks.xml_by_default)
    size = min(query.count or site.quirks.total_cap, site.quirks.total_cap)
    session = Session(
        client_id=visit.facts.client_id,
        resource_type=query.resource_type,
        matches=matches,
        offset=0,
        size=size,
        counted=query.count is not None,
        patients=visit.facts.patients,
        expires=site.state.sessions.expiry(),
        late=tuple(query.late),
    )
    return page(visit, site, session, self_url, query.remarks)


def clinical(visit: Visit, query: Query, site: Site) -> Sequence[Record]:
    """Return the visible records of a type by patient or by ids.

    Raises SearchRefusedError for an unknown patient.
    """
    store = site.state.store
    if not query.patient:
        found = (store.find(query.resource_type, wanted) for wanted in query.ids)
        return [record for record in found if record is not None and not record.held]
    if store.find("Patient", query.patient) is None:
        raise SearchRefusedError(site.quirks.unknown_patient_status, Issue(4100, "No such patient.", ("patient",)))
    patient = store.neighbour(query.patient, visit.distance) if visit.distance else query.patient
    return [
        record
        for record in store.of_patient(patient, query.resource_type)
        if not record.held and (not query.ids or record.id in query.ids)
    ]


def patients(query: Query, site: Site) -> Sequence[Record]:
    """Return the patients by id, MRN or demographics. Raises SearchRefusedError when there are too many."""
    store = site.state.store
    if query.ids or "_id" in query.values:
        found = [store.find("Patient", wanted) for wanted in query.ids]
    elif "identifier" in query.values:
        found = by_identifier(query, site)
    elif not enough_demographics(query):
        found = []
    else:
        people = [someone for someone in site.demographics.people if fits(someone, query)]
        if len(people) > site.quirks.patient_search_cap:
            raise SearchRefusedError(400, Issue(4127, f"More than {site.quirks.patient_search_cap} patients match."))
        return [store.records(someone.index)[0] for someone in people]
    return [record for record in found if record is not None and fits_demographics(record, query)]


def by_identifier(query: Query, site: Site) -> list[Record | None]:
    """Return the patients with each of the identifiers: `value`, `system|value` or `TYPE|value`."""
    store = site.state.store
    wanted = [value.split(",") for value in query.values["identifier"]]
    numbers = {text.rpartition("|")[2] for text in wanted[0]}
    located = {index for number in numbers if (index := store.population.locate_mrn(number)) is not None}
    people = (store.records(index)[0] for index in sorted(located))
    return [patient for patient in people if all(has_identifier(patient, texts) for texts in wanted)]


def has_identifier(patient: Record, texts: Sequence[str]) -> bool:
    """Return whether the patient has one of the identifiers."""
    for identifier in patient.body().get("identifier", ()):
        kind = identifier.get("type", {})
        codes = [coding.get("code") for coding in kind.get("coding", ())]
        labels = [identifier.get("system"), kind.get("text"), *codes]
        value = identifier.get("value")
        if value in texts or any(f"{label}|{value}" in texts for label in labels if label):
            return True
    return False


def fits_demographics(record: Record, query: Query) -> bool:
    """Return whether a patient found by id or MRN also fits the demographics that were given beside it."""
    return fits(person(0, record.json), query)


def fits(someone: Person, query: Query) -> bool:
    """Return whether a person fits every demographic of the query; names by their beginning."""
    tests: dict[str, Callable[[str], bool]] = {
        "family": lambda text: starts(someone.families, fold(text)),
        "given": lambda text: starts(someone.givens, fold(text)),
        "name": lambda text: all(starts((*someone.families, *someone.givens), fold(word)) for word in text.split()),
        "birthdate": lambda text: someone.birth_date == text,
        "telecom": lambda text: text.rpartition("|")[2] in someone.telecoms,
        "address-postalcode": lambda text: starts(someone.postal_codes, fold(text)),
    }
    return all(
        any(test(part) for part in value.split(","))
        for name, test in tests.items()
        for value in query.values.get(name, ())
    )


def starts(values: Sequence[str], beginning: str) -> bool:
    """Return whether one of `values` starts with `beginning`."""
    return any(value.startswith(beginning) for value in values)


def of_others(found: Sequence[Record], distance: int, site: Site) -> list[Record]:
    """Return, for each record, one of the same type out of another patient's chart."""
    others: list[Record] = []
    for record in found:
        neighbour = site.state.store.neighbour(record.patient, distance)
        theirs = [other for other in site.state.store.of_patient(neighbour, record.type) if other not in others]
        others.extend(theirs[:1])
    return others


def next_page(visit: Visit, site: Site) -> Answer:
    """Answer a `next` link."""
    try:
        key = dict(visit.request.parameters()).get("sessionID", "")
    except MalformedQueryError:
        key = ""
    session = site.state.sessions.find(key, visit.facts.client_id, visit.facts.resource_type)
    if session is None:
        issue = Issue(4113, "The session is unknown or has expired.", ("sessionID",))
        return refuse(visit, site, SearchRefusedError(site.quirks.expired_page_status, issue))
    return page(visit, site, session, f"{site.fhir_base}/{session.resource_type}?sessionID={key}", ())


def page(visit: Visit, site: Site, session: Session, self_url: str, remarks: Sequence[Issue]) -> Answer:
    """Answer with one page of a session and a link to the following one."""
    following = session.offset + session.size
    next_url = ""
    if following < len(session.matches):
        key = site.state.sessions.open_next(session)
        next_url = f"{site.fhir_base}/{session.resource_type}?sessionID={key}"
    shown: Sequence[Record] = session.matches[session.offset : following]
    if visit.distance and visit.facts.interaction == "next-page":
        shown = of_others(shown, visit.distance, site)
    shown = [record for record in shown if all(test.matches(record) for test in session.late)]
    body = searchset(
        site.fhir_base,
        shown,
        total=total(session, len(shown), site),
        self_url=self_url,
        next_url=next_url,
        remarks=[*remarks, *closing_remarks(session, len(shown), site)],
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


def closing_remarks(session: Session, shown: int, site: Site) -> list[Issue]:
    """Return the issues that go into a bundle as its outcome entry."""
    if not session.matches:
        nothing = Issue(4101, severity=site.quirks.empty_severity)
        return [nothing, Issue(4119)] if site.quirks.empty_adds_4119 else [nothing]
    if shown and session.resource_type in site.quirks.trailing_outcome_types:
        return [Issue(4119)]
    return []
