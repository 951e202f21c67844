"""Which patients a search finds: by id, by identifier or by demographics (vendors.md 1.7: S, E1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mock_ehr.demographics import Person, person
from mock_ehr.legible import legible
from mock_ehr.search_values import fold
from mock_ehr.store import Record
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.search_needs import enough_demographics
from mock_ehr.vendors.epic.search_query import Query, SearchRefusedError
from mock_ehr.vendors.epic.site import Site


def needs_index(query: Query) -> bool:
    """Return whether the search goes by demographics alone."""
    identified = "_id" in query.values or "identifier" in query.values
    return query.resource_type == "Patient" and not identified and enough_demographics(query)


def patients(query: Query, site: Site) -> Sequence[Record]:
    """Return the patients by id, MRN or demographics. Raises SearchRefusedError when there are too many."""
    store = site.state.store
    if query.ids or "_id" in query.values:
        known = (store.find("Patient", wanted) for wanted in query.ids)
        found = [record for record in known if record is not None and is_identified(record, query)]
    elif "identifier" in query.values:
        found = [*by_identifier(query, site)]
    elif not enough_demographics(query):
        found = []
    else:
        return by_demographics(query, site)
    return [record for record in found if fits_demographics(record, query)]


def by_demographics(query: Query, site: Site) -> list[Record]:
    """Return the patients that fit, those that changed last. Raises SearchRefusedError when there are too many."""
    changed = {record.id: record for record in site.state.store.changed("Patient")}
    places = [someone.index for someone in site.demographics.people if fits(someone, query)]
    cap = site.quirks.patient_search_cap
    if len(places) > cap:
        raise SearchRefusedError(400, Issue(4127, f"More than {cap} patients match."))
    known = (site.state.store.patient_at(index) for index in places)
    found = [record for record in known if record is not None and record.id not in changed]
    found += [record for record in changed.values() if fits_demographics(record, query)]
    return [record for record in found if not site.state.store.merged_into(record.id)]


def by_identifier(query: Query, site: Site) -> Iterator[Record]:
    """Yield the patients with each of the identifiers: `value`, `system|value` or `TYPE|value`."""
    store = site.state.store
    numbers = {text.rpartition("|")[2] for text in query.values["identifier"][0].split(",")}
    located = {index for number in numbers if (index := store.population.locate_mrn(number)) is not None}
    known = (store.patient_at(index) for index in sorted(located))
    people = {record.id: record for record in known if record is not None}
    people |= {record.id: record for record in store.changed("Patient")}
    for record in people.values():
        if is_identified(record, query) and not store.merged_into(record.id):
            yield record


def is_identified(record: Record, query: Query) -> bool:
    """Return whether the patient has an identifier for each time that the query gives one."""
    wanted = query.values.get("identifier", ())
    body = (legible(record.json) or {}) if wanted else {}
    return all(has_identifier(body, value.split(",")) for value in wanted)


def has_identifier(patient: dict[str, Any], texts: Sequence[str]) -> bool:
    """Return whether the patient has one of the identifiers."""
    for identifier in patient.get("identifier", ()):
        if not isinstance(identifier, dict):
            continue
        kind = identifier.get("type", {})
        codes = [coding.get("code") for coding in kind.get("coding", ())]
        labels = [identifier.get("system"), kind.get("text"), *codes]
        value = identifier.get("value")
        if value in texts or any(f"{label}|{value}" in texts for label in labels if label):
            return True
    return False


def fits_demographics(record: Record, query: Query) -> bool:
    """Return whether a patient found by id or MRN also fits the demographics that were given beside it."""
    return not any(name in query.values for name in TESTS) or fits(person(0, record.json), query)


TESTS: dict[str, Callable[[Person, str], bool]] = {
    "family": lambda someone, text: starts(someone.families, fold(text)),
    "given": lambda someone, text: starts(someone.givens, fold(text)),
    "name": lambda someone, text: all(
        starts((*someone.families, *someone.givens), fold(word)) for word in text.split()
    ),
    "birthdate": lambda someone, text: someone.birth_date == text,
    "telecom": lambda someone, text: text.rpartition("|")[2] in someone.telecoms,
    "address-postalcode": lambda someone, text: starts(someone.postal_codes, fold(text)),
}


def fits(someone: Person, query: Query) -> bool:
    """Return whether a person fits every demographic of the query; names by their beginning."""
    return all(
        any(test(someone, part) for part in value.split(","))
        for name, test in TESTS.items()
        for value in query.values.get(name, ())
    )


def starts(values: Sequence[str], beginning: str) -> bool:
    """Return whether one of `values` starts with `beginning`."""
    return any(value.startswith(beginning) for value in values)
