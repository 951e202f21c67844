"""Reading a kick-off of a bulk export: parameters, types and filters (vendors.md 1.13: E4, E5)."""

from __future__ import annotations

from mock_ehr.message import MalformedQueryError, Pairs, Request, parse_form
from mock_ehr.negotiation import FORMATS, choose
from mock_ehr.scopes import Grants, allows
from mock_ehr.search import Criterion, UnimplementedError
from mock_ehr.vendors.epic.bulk_jobs import Plan
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.quirks import EpicQuirks
from mock_ehr.vendors.epic.search_query import SearchRefusedError
from mock_ehr.vendors.epic.search_rules import parse_query
from mock_ehr.vendors.epic.surface import READABLE

PARAMETERS = ("_type", "_typeFilter", "includeAssociatedData", "_outputFormat")
NDJSON = ("application/fhir+ndjson", "application/ndjson", "ndjson")
PROVENANCE = "LatestProvenanceResources"
ONLY_ASKED = ("Binary", "Provenance", "PractitionerRole", "Schedule", "Slot")  # not exported unless named
USUAL = tuple(name for name in READABLE if name not in ONLY_ASKED)
NEVER = ("Schedule", "Slot")


class KickOffRefusedError(Exception):
    """A kick-off that is refused with `status` and `issue`."""

    def __init__(self, status: int, issue: Issue) -> None:
        super().__init__(status, issue)
        self.status = status
        self.issue = issue


def check_headers(request: Request) -> None:
    """Refuse a kick-off that does not ask for FHIR JSON later. Raises KickOffRefusedError."""
    if "respond-async" not in request.header("prefer").replace(" ", "").split(","):
        raise KickOffRefusedError(400, Issue(59108, "The header Prefer: respond-async is missing.", ("Prefer",)))
    if choose(request.header("accept"), "", "") != FORMATS["application/fhir+json"]:
        raise KickOffRefusedError(
            400, Issue(59108, "The header Accept: application/fhir+json is missing.", ("Accept",))
        )


def read_plan(request: Request, apis: Grants, quirks: EpicQuirks) -> Plan:
    """Return what a kick-off asks for. Raises KickOffRefusedError and UnimplementedError."""
    try:
        pairs = request.parameters()
    except MalformedQueryError as error:
        raise KickOffRefusedError(400, Issue(4100, str(error))) from error
    issues = [*strange(pairs, quirks)]
    asked = [name for value in values(pairs, "_type") for name in value.split(",") if name]
    wanted = asked or [name for name in USUAL if allows(apis, name, "search")]
    if PROVENANCE in values(pairs, "includeAssociatedData"):
        wanted.append("Provenance")
    types: list[str] = []
    for name in wanted:
        known = {resource_type.lower(): resource_type for resource_type in READABLE}.get(name.lower())
        if known is None or known in NEVER:
            issues.append(Issue(59136, f"Resource type {name} is not supported."))
        elif not may_export(apis, known):
            issues.append(Issue(59130, f"Resource type {known} is not authorized."))
        elif known not in types:
            types.append(known)
    if quirks.bulk_lone_patient_fails and asked and types == ["Patient"]:
        return Plan((), {}, (*issues, Issue(59159, "A Patient search needs demographics or _id.")))
    filters = read_filters(values(pairs, "_typeFilter"), types, issues, quirks)
    return Plan(tuple(types), filters, tuple(issues))


def may_export(apis: Grants, resource_type: str) -> bool:
    """Return whether the API list has the search of a type; Binary and Provenance are only read."""
    return allows(apis, resource_type, "read" if resource_type in ("Binary", "Provenance") else "search")


def values(pairs: Pairs, name: str) -> list[str]:
    """Return every value of a parameter."""
    return [value for key, value in pairs if key == name]


def strange(pairs: Pairs, quirks: EpicQuirks) -> list[Issue]:
    """Return a 59100 for each parameter that is not supported, like `_since`, or for its value.

    Raises KickOffRefusedError where the switch says so.
    """
    found = [Issue(59100, f"Parameter {name} is not supported.") for name, _ in pairs if name not in PARAMETERS]
    found += [
        Issue(59100, f"{name}={value} is not supported.")
        for name, valid in (("includeAssociatedData", (PROVENANCE,)), ("_outputFormat", NDJSON))
        for value in values(pairs, name)
        if value.replace(" ", "+") not in valid
    ]
    if found and quirks.bulk_unknown_parameter == "refused":
        raise KickOffRefusedError(400, Issue(59100, found[0].diagnostics, severity="fatal"))
    return found


def read_filters(
    texts: list[str], types: list[str], issues: list[Issue], quirks: EpicQuirks
) -> dict[str, tuple[tuple[Criterion, ...], ...]]:
    """Return the criteria of `_typeFilter` by type; several for one type are alternatives.

    A filter that cannot be used takes its type out of the export and says so in `issues`.
    """
    filters: dict[str, tuple[tuple[Criterion, ...], ...]] = {}
    for text in (part for value in texts for part in split_filters(value)):
        name, _, query = text.partition("?")
        if name not in types:
            issues.append(Issue(59100, f"_typeFilter {text} is for a type that is not in _type."))
            continue
        try:
            filters[name] = (*filters.get(name, ()), read_criteria(name, query, quirks))
        except SearchRefusedError as refusal:
            types.remove(name)
            issues.extend(refusal.issues)
    return {name: found for name, found in filters.items() if name in types}


def split_filters(value: str) -> list[str]:
    """Return the queries of one `_typeFilter`: a comma ends one when a type and a question mark follow."""
    found: list[str] = []
    for part in value.split(","):
        if "?" in part or not found:
            found.append(part)
        else:
            found[-1] += f",{part}"
    return [text for text in found if text]


def read_criteria(resource_type: str, query: str, quirks: EpicQuirks) -> tuple[Criterion, ...]:
    """Return the criteria of one query of `_typeFilter`. Raises SearchRefusedError."""
    try:
        pairs = parse_form(query)
        needed = ("_id", "any") if resource_type == "Patient" else ("patient", "any")
        read = parse_query(resource_type, (needed, *pairs), quirks)
    except (MalformedQueryError, UnimplementedError) as error:
        raise SearchRefusedError(400, Issue(59100, f"_typeFilter {resource_type}?{query}: {error}")) from error
    return (*read.criteria, *read.late)
