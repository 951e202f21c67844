"""Read and search: standard bundles, strict about parameters, redacted where the client may not see.

Bundles, totals and errors follow R4 (hl7.org/fhir/R4/http.html, search.html); what Veradigm does beyond the facts named
in `quirks` was found nowhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import quote

import orjson

from mock_ehr.demographics import Person
from mock_ehr.message import Answer, MalformedQueryError, Pairs
from mock_ehr.paging import Session
from mock_ehr.record import Record
from mock_ehr.search import PARAMETERS, Criterion, InvalidValueError, UnimplementedError, criterion, split_commas
from mock_ehr.search_values import fold
from mock_ehr.vendor import Visit
from mock_ehr.vendors.allscripts.fhir.lists import find_group, groups, record_of
from mock_ehr.vendors.allscripts.fhir.outcomes import FHIR_JSON, refused, unimplemented
from mock_ehr.vendors.allscripts.fhir.redaction import is_hidden, shown
from mock_ehr.vendors.allscripts.site import Site

SHARED = ("Location", "Medication", "Organization", "Practitioner", "PractitionerRole")
IGNORED = ("_count", "_format")
PAGE = 100
MOST = 1000
DEMOGRAPHIC = ("family", "given", "name", "birthdate")


class SearchRefusedError(ValueError):
    """A search that is answered with 400."""


def read(visit: Visit, site: Site) -> Answer:
    """Answer a read."""
    record = found(visit, site)
    if record is None:
        return refused(404, f"{visit.facts.resource_type} {visit.facts.resource_id} was not found in the data store.")
    if is_hidden(record, site) and not site.quirks.redacts:
        return refused(403, "The user context has no access to the patient.")
    return Answer(200, shown(record, site), FHIR_JSON, patients=(record.patient,) if record.patient else ())


def found(visit: Visit, site: Site) -> Record | None:
    """Return the record that a read gets, None without one."""
    store, kind = site.state.store, visit.facts.resource_type
    if kind == "Group":
        group = find_group(site, visit.facts.resource_id)
        return record_of(group) if group else None
    record = store.find(kind, visit.facts.resource_id)
    if record is None or record.held or not visit.distance:
        return None if record is None or record.held else record
    theirs = store.of_patient(store.neighbour(record.patient, visit.distance), kind) if record.patient else []
    return theirs[0] if theirs else None


def search(visit: Visit, site: Site) -> Answer | Awaitable[Answer]:
    """Answer a search; awaitable while the demographic index is being built."""
    try:
        pairs = visit.request.parameters()
        criteria = criteria_of(visit.facts.resource_type, pairs)
        needs_index = by_demographics(visit.facts.resource_type, pairs)
    except UnimplementedError as missing:
        return unimplemented(str(missing))
    except (MalformedQueryError, InvalidValueError, SearchRefusedError) as error:
        return refused(400, str(error))
    if needs_index and not site.demographics.built:
        return search_later(visit, pairs, criteria, site)
    return run(visit, pairs, criteria, site)


async def search_later(visit: Visit, pairs: Pairs, criteria: Sequence[Criterion], site: Site) -> Answer:
    """Answer a demographic search once the index is there."""
    await site.demographics.ready()
    return run(visit, pairs, criteria, site)


def criteria_of(kind: str, pairs: Pairs) -> list[Criterion]:
    """Return what a record has to fit. Raises SearchRefusedError, InvalidValueError and UnimplementedError."""
    known = PARAMETERS.get(kind, {})
    criteria = []
    for name, value in pairs:
        if name in IGNORED or (kind == "Group" and name in ("name", "_id")):
            continue
        if ":" in name:
            raise UnimplementedError(f"the search modifier in {name}")
        if name not in known:
            raise SearchRefusedError(f"The search parameter {name} is not supported for {kind}.")
        criteria.append(criterion(known[name], value))
    return criteria


def by_demographics(kind: str, pairs: Pairs) -> bool:
    """Return whether a Patient search goes by demographics alone; check that a clinical one names its patient.

    Raises SearchRefusedError.
    """
    names = {name for name, _ in pairs}
    if kind == "Patient":
        if names & {"_id", "identifier"}:
            return False
        if not names & set(DEMOGRAPHIC):
            raise SearchRefusedError("A Patient search needs _id, identifier, name, family, given or birthdate.")
        return True
    if kind not in SHARED and kind != "Group" and not names & {"_id", "patient", "subject", "beneficiary"}:
        raise SearchRefusedError(f"A search of {kind} needs patient or _id.")
    return False


def run(visit: Visit, pairs: Pairs, criteria: Sequence[Criterion], site: Site) -> Answer:
    """Answer an accepted search with its first page."""
    matches = candidates(visit, pairs, site)
    for test in criteria:
        matches = test.select(matches)
    if visit.distance and visit.facts.resource_type == "Patient":
        matches = neighbours(matches, visit.distance, site)
    hidden = any(is_hidden(record, site) for record in matches)
    if hidden and not site.quirks.redacts:
        return refused(403, "The user context has no access to the patient.")
    counts = [value for name, value in pairs if name == "_count"]
    if counts and not (counts[0].isascii() and counts[0].isdecimal()):
        return refused(400, f"_count {counts[0]!r} is not a whole number.")
    size = min(int(counts[0][:9]), MOST) if counts else PAGE
    session = Session(
        client_id=visit.facts.client_id,
        resource_type=visit.facts.resource_type,
        matches=matches,
        offset=0,
        size=size or PAGE,
        counted=bool(counts),
        patients=visit.facts.patients,
        expires=site.state.sessions.expiry(),
    )
    query = f"?{visit.request.query}" if visit.request.query else ""
    return page(site, session, f"{site.fhir_base}/{visit.facts.resource_type}{query}")


def candidates(visit: Visit, pairs: Pairs, site: Site) -> list[Record]:
    """Return the records that the search may be about, before the criteria are applied."""
    kind, store = visit.facts.resource_type, site.state.store
    values: Mapping[str, list[str]] = {name: [v for n, v in pairs if n == name] for name, _ in pairs}
    if kind == "Group":
        return [record_of(group) for group in groups(site) if fits_group(group.id, group.name, values)]
    if kind == "Patient":
        return people(values, site)
    if kind in SHARED:
        return list(store.of_type(kind))
    patients = [
        part.rpartition("/")[2]
        for name in ("patient", "subject", "beneficiary")
        for value in values.get(name, [])
        for part in split_commas(value)
    ]
    if not patients:
        listed = (store.find(kind, part) for value in values["_id"] for part in split_commas(value))
        return [record for record in listed if record is not None and not record.held]
    chosen = [store.neighbour(one, visit.distance) if visit.distance else one for one in dict.fromkeys(patients)]
    records = [record for patient in chosen for record in store.of_patient(patient, kind) if not record.held]
    return [readdressed(record, patients) for record in records] if visit.distance else records


def readdressed(record: Record, asked: Sequence[str]) -> Record:
    """Return another patient's record so that the search for `asked` does not filter it out again."""
    values = {name: tuple(f"Patient/{one}" for one in asked) for name in ("patient", "subject", "beneficiary")}
    bare = tuple(asked)
    known = {name: (*found, *bare) for name, found in values.items()}
    return Record(record.type, record.id, record.patient, record.json, values=known)


def fits_group(group_id: str, name: str, values: Mapping[str, list[str]]) -> bool:
    """Return whether a group fits `_id` and `name`."""
    ids = [part for value in values.get("_id", []) for part in split_commas(value)]
    return (not ids or group_id in ids) and all(fold(name).startswith(fold(text)) for text in values.get("name", []))


def neighbours(records: Sequence[Record], distance: int, site: Site) -> list[Record]:
    """Return, for each patient, the one that many charts away."""
    others = (site.state.store.find("Patient", site.state.store.neighbour(one.id, distance)) for one in records)
    return [record for record in others if record is not None]


def people(values: Mapping[str, list[str]], site: Site) -> list[Record]:
    """Return the patients of a Patient search by id, MRN or name and birth date."""
    store = site.state.store
    if "_id" in values:
        wanted = [store.find("Patient", part) for value in values["_id"] for part in split_commas(value)]
        return [record for record in wanted if record is not None]
    if "identifier" in values:
        numbers = [part.rpartition("|")[2] for value in values["identifier"] for part in split_commas(value)]
        indexes = [index for number in numbers if (index := site.population.locate_mrn(number)) is not None]
    else:
        indexes = [one.index for one in site.demographics.people if fits(one, values)]
    heads = (store.patient_at(index) for index in indexes)
    return [record for record in heads if record is not None]


def fits(someone: Person, values: Mapping[str, list[str]]) -> bool:
    """Return whether a person fits the first of each demographic, names by their beginning.

    The criteria look closer at whoever is left.
    """
    tests: Mapping[str, Callable[[str], bool]] = {
        "family": lambda text: any(name.startswith(fold(text)) for name in someone.families),
        "given": lambda text: any(name.startswith(fold(text)) for name in someone.givens),
        "name": lambda text: any(name.startswith(fold(text)) for name in (*someone.families, *someone.givens)),
    }
    return all(
        any(test(part) for part in split_commas(value))
        for name, test in tests.items()
        for value in values.get(name, ())
    )


def next_page(visit: Visit, site: Site) -> Answer:
    """Answer a `next` link."""
    try:
        key = dict(visit.request.parameters()).get("_page", "")
    except MalformedQueryError:
        key = ""
    session = site.state.sessions.find(key, visit.facts.client_id, visit.facts.resource_type)
    if session is None:
        return refused(404, "The page is unknown or has expired.")
    return page(site, session, page_url(site, session, key))


def page_url(site: Site, session: Session, key: str) -> str:
    """Return the address of a page."""
    return f"{site.fhir_base}/{session.resource_type}?_page={quote(key)}"


def page(site: Site, session: Session, self_url: str) -> Answer:
    """Return one page of a search."""
    following = session.offset + session.size
    links = [{"relation": "self", "url": self_url}]
    if following < len(session.matches):
        links.append({"relation": "next", "url": page_url(site, session, site.state.sessions.open_next(session))})
    records = session.matches[session.offset : following]
    entries = [
        {
            "fullUrl": f"{site.fhir_base}/{record.type}/{record.id}",
            "resource": orjson.Fragment(shown(record, site)),
            "search": {"mode": "match"},
        }
        for record in records
    ]
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(session.matches), "link": links}
    body = orjson.dumps(bundle | ({"entry": entries} if entries else {}))
    patients = tuple(dict.fromkeys(record.patient for record in records if record.patient))
    return Answer(200, body, FHIR_JSON, patients=patients, empty=not records)
