"""What comes along with the matches of a page: `_include`, and `_revinclude=Provenance:target` (vendors.md 1.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from mock_ehr.legible import legible
from mock_ehr.scopes import allows
from mock_ehr.search_parameters import followed
from mock_ehr.search_values import elements
from mock_ehr.store import Record, Store
from mock_ehr.vendor import Visit
from mock_ehr.vendors.epic.search_rules import REVERSE
from mock_ehr.vendors.epic.site import Site

NARROWED = {"patient": "Patient", "practitioner": "Practitioner", "location": "Location"}


def included(matches: Sequence[Record], includes: Iterable[str], visit: Visit, site: Site) -> list[Record]:
    """Return each further record once; what the client may not read, what is held and what is protected stays out."""
    store = site.state.store
    known = {(record.type, record.id) for record in matches}
    found: dict[tuple[str, str], Record] = {}
    for include in includes:
        for match in matches:
            for record in provenances(match, store) if include == REVERSE else targets(match, include, store):
                if is_readable(record, match, visit, site):
                    found.setdefault((record.type, record.id), record)
    return [record for key, record in found.items() if key not in known]


def is_readable(record: Record, match: Record, visit: Visit, site: Site) -> bool:
    """Return whether a record may come along with a match: of the same patient or of the directory, and allowed."""
    if record.held or record.patient not in ("", match.patient) or record.patient in site.state.protected:
        return False
    client = site.state.clients.in_force(visit.facts.client_id)
    if client is None or not allows(client.apis, record.type, "read"):
        return False
    grant = visit.grant
    if grant is None or grant.context is None:
        return True
    return any(scope.type in ("*", record.type) and "r" in scope.letters for scope in grant.rights)


def targets(match: Record, include: str, store: Store) -> Iterator[Record]:
    """Yield what a match refers to by `*` or `Type:parameter[:TargetType]`."""
    body = legible(match.json) or {}
    _, _, rest = include.partition(":")
    name, _, target = rest.partition(":")
    values = (
        body.values() if include == "*" else (v for path in followed(match.type, name) for v in elements(body, path))
    )
    wanted = target or NARROWED.get(name, "")
    for reference in references(list(values)):
        kind, _, last = reference.rpartition("/")
        record = store.find(kind, last) if kind and (not wanted or kind == wanted) else None
        if record is not None:
            yield record


def references(value: Any) -> Iterator[str]:
    """Yield every relative literal reference below `value`."""
    if isinstance(value, dict):
        target = value.get("reference")
        if isinstance(target, str) and target.count("/") == 1 and ":" not in target:
            yield target
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def provenances(match: Record, store: Store) -> Iterator[Record]:
    """Yield the Provenance resources that name the match as their target."""
    reference = f"{match.type}/{match.id}"
    for record in store.of_patient(match.patient, "Provenance"):
        body = legible(record.json) or {}
        if any(isinstance(one, dict) and one.get("reference") == reference for one in elements(body, "target")):
            yield record
