"""Which patients a request is about: by its path, its query, its body or its paging session."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from mock_ehr import exact_json
from mock_ehr.message import MalformedQueryError, Pairs, Request
from mock_ehr.search import split_commas
from mock_ehr.state import State
from mock_ehr.store import Store
from mock_ehr.vendors.epic.routes import Route
from mock_ehr.vendors.epic.scheduling import booked_for
from mock_ehr.vendors.epic.search_query import PATIENT_NAMES, parameters_of
from mock_ehr.vendors.epic.write_rules import subject_of


def patients_of(route: Route, request: Request, state: State) -> tuple[str, ...]:
    """Return the ids of the patients that the request is about, each once."""
    find = FINDERS.get(route.action)
    return find(route, request, state) if find else ()


def read_of(route: Route, _request: Request, state: State) -> tuple[str, ...]:
    """Return the patient whose chart holds what is read."""
    if route.resource_type == "Patient":
        return (route.resource_id,)
    record = state.store.find(route.resource_type, route.resource_id)
    return (record.patient,) if record and record.patient else ()


def searched(route: Route, request: Request, state: State) -> tuple[str, ...]:
    """Return the patients that a search names."""
    try:
        pairs = parameters_of(request)
    except MalformedQueryError:
        return ()
    return tuple(dict.fromkeys(named(route.resource_type, pairs, state.store)))


def named(resource_type: str, pairs: Pairs, store: Store) -> Iterator[str]:
    """Yield the patients that search parameters name, also by the ids of resources and by MRN."""
    for name, value in pairs:
        if name in PATIENT_NAMES:
            yield from (part.rpartition("/")[2] for part in split_commas(value))
        elif name == "_id" and resource_type == "Patient":
            yield from split_commas(value)
        elif name == "_id":
            records = (store.find(resource_type, part) for part in split_commas(value))
            yield from (record.patient for record in records if record and record.patient)
        elif name == "identifier" and resource_type == "Patient":
            places = (store.population.locate_mrn(part.rpartition("|")[2]) for part in split_commas(value))
            yield from (store.records(index)[0].id for index in places if index is not None)


def paged(_route: Route, request: Request, state: State) -> tuple[str, ...]:
    """Return the patients of the search that a page belongs to."""
    try:
        session = state.sessions.peek(dict(request.parameters()).get("sessionID", ""))
    except MalformedQueryError:
        return ()
    return session.patients if session else ()


def written_for(route: Route, request: Request, _state: State) -> tuple[str, ...]:
    """Return the patient that a body to be written refers to."""
    try:
        body = exact_json.loads(request.body.decode("utf-8"))
    except ValueError:
        return ()
    patient = subject_of(body, route.resource_type) if isinstance(body, dict) else ""
    return (patient,) if patient else ()


def booked(_route: Route, request: Request, state: State) -> tuple[str, ...]:
    """Return the patient that a booking names."""
    return tuple(booked_for(request, state.store))


FINDERS: Mapping[str, Callable[[Route, Request, State], tuple[str, ...]]] = {
    "read": read_of,
    "search": searched,
    "next-page": paged,
    "create": written_for,
    "update": written_for,
    "book": booked,
}
