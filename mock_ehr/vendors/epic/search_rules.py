"""Epic's rules for a search: what it drops, what it refuses and with which code (vendors.md 1.7: S, E1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mock_ehr.message import Pairs
from mock_ehr.search import PARAMETERS, InvalidValueError, Parameter, UnimplementedError, criterion, split_commas
from mock_ehr.search_parameters import followed
from mock_ehr.vendors.epic.categories import CATEGORIES
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.quirks import EpicQuirks
from mock_ehr.vendors.epic.search_needs import DEMOGRAPHICS, check_needs
from mock_ehr.vendors.epic.search_query import PATIENT_NAMES, Query, SearchRefusedError, asked_patients
from mock_ehr.vendors.epic.subtypes import withheld

CONTROL = ("_format", "_count", "_summary", "_pretty", "_include", "_revinclude")
FHIR_FEATURES = frozenset((
    "_sort", "_has", "_elements", "_filter", "_text", "_content", "_list", "_type", "_total", "_security", "_tag",
    "_profile", "_source", "_contained", "_containedType", "_score", "_query",
))  # fmt: skip
REVERSE = "Provenance:target"  # the only _revinclude that Epic advertises (vendors.md 1.2)


def parse_query(resource_type: str, pairs: Pairs, quirks: EpicQuirks) -> Query:
    """Return the search that `pairs` ask for. Raises SearchRefusedError and UnimplementedError."""
    known = offered(resource_type, quirks)
    refuse_unimplemented(pairs, known, quirks)
    unknown = [name for name, _ in pairs if name not in known and name not in CONTROL]
    if unknown and quirks.reject_unknown_parameters:
        raise SearchRefusedError(400, *(Issue(4122, name.upper(), (name,), "fatal") for name in unknown))
    query = Query(resource_type, given=bool(pairs))
    for name, value in pairs:
        if name in known and value:
            query.values.setdefault(name, []).append(value)
    try:
        check_needs(query, quirks)
        read_control(query, pairs)
        select(query)
        check_category(query, quirks)
        filters(query, quirks)
    except SearchRefusedError as refusal:
        if not refusal.issues:
            raise
        told = (Issue(59100, f"Parameter {name.upper()} was ignored.") for name in unknown)
        raise SearchRefusedError(refusal.status, *told, *refusal.issues) from refusal
    return query


def offered(resource_type: str, quirks: EpicQuirks) -> Mapping[str, Parameter]:
    """Return the parameters of a type by name."""
    known = PARAMETERS[resource_type]
    if quirks.last_updated_filters:
        return known
    return {name: parameter for name, parameter in known.items() if name != "_lastUpdated"}


def refuse_unimplemented(pairs: Pairs, known: Mapping[str, object], quirks: EpicQuirks) -> None:
    """Refuse modifiers with 59012. Raises UnimplementedError for parts of FHIR search that the mock does not offer."""
    for name, value in pairs:
        stem = name.partition(":")[0].partition(".")[0]
        if stem in FHIR_FEATURES:
            raise UnimplementedError(f"the search parameter {stem}")
        if name != stem and (stem in known or stem in CONTROL):
            if name.partition(":")[0] != stem:
                raise UnimplementedError(f"the chain {name}")
            modifier = name.partition(":")[2]
            raise SearchRefusedError(
                quirks.modifier_status, Issue(59012, f"The modifier {modifier!r} is not supported.", (stem,))
            )
        if name == "_summary" and value not in ("count", "false", ""):
            raise UnimplementedError(f"_summary={value}")


def read_control(query: Query, pairs: Pairs) -> None:
    """Take over `_count`, `_summary` and what to include. Raises SearchRefusedError for a count that is no number."""
    for name, value in pairs:
        if name == "_count":
            if not value.isdecimal() or len(value) > 9:
                raise SearchRefusedError(400, Issue(59111, f"_count {value!r} is no whole number.", ("_count",)))
            query.count = int(value)
        elif name == "_summary":
            query.count_only = value == "count"
        elif name in ("_include", "_revinclude"):
            read_include(query, name, value)
    if query.count == 0:
        query.count_only = True


def read_include(query: Query, name: str, value: str) -> None:
    """Take over one `_include` or `_revinclude`; one that does not fit is ignored with 59109."""
    source, _, rest = value.partition(":")
    fits = source == query.resource_type and bool(followed(source, rest.partition(":")[0]))
    if value == REVERSE if name == "_revinclude" else value == "*" or fits:
        query.includes = (*query.includes, value)
    else:
        query.remarks.append(Issue(59109, f"{value!r} cannot be included.", (name,)))


def select(query: Query) -> None:
    """Find out whose chart or which ids are asked for. Raises SearchRefusedError for two patients at once."""
    asked = (part for value in asked_patients(query.values) for part in split_commas(value))
    patients = {patient_id(part) for part in asked}
    if len(patients) > 1:
        raise SearchRefusedError(400, Issue(4112, "One patient at a time.", ("patient",)))
    query.patient = next(iter(patients), "")
    ids = [set(split_commas(value)) for value in query.values.get("_id", [])]
    if ids:
        query.ids = tuple(part for part in split_commas(query.values["_id"][0]) if part in set.intersection(*ids))


def patient_id(reference: str) -> str:
    """Return the id in `id`, `Patient/id` or an absolute address.

    Raises SearchRefusedError for another type.
    """
    kind, slash, last = reference.rpartition("/")
    if slash and kind.rpartition("/")[2] != "Patient":
        raise SearchRefusedError(400, Issue(59111, f"{reference!r} is no patient.", ("patient",)))
    return last


def check_category(query: Query, quirks: EpicQuirks) -> None:
    """Refuse categories that do not exist (59111), remark on them (59101) when others are valid.

    Notes those that the client may not see (59204).
    """
    valid = CATEGORIES.get(query.resource_type)
    asked = query.values.get("category", [])
    for value in asked if valid else []:
        strange = [part for part in split_commas(value) if part.rpartition("|")[2] not in (valid or ())]
        if not strange:
            continue
        if quirks.invalid_category_is_fatal and len(strange) == len(split_commas(value)):
            raise SearchRefusedError(400, Issue(59111, f"Unknown category {strange[0]!r}.", ("category",)))
        query.remarks.append(Issue(59101, f"Unknown category {strange[0]!r}.", ("category",)))
    if quirks.withheld_subtypes:
        query.withheld = withheld(query.resource_type, quirks)
        named = {part.rpartition("|")[2] for value in asked for part in split_commas(value)}
        told = sorted(query.withheld & named if named else query.withheld)
        query.remarks.extend(Issue(59204, f"{query.resource_type}: {code}", ("category",)) for code in told)


def filters(query: Query, quirks: EpicQuirks) -> None:
    """Turn the other parameters into criteria. Raises SearchRefusedError for values of the wrong form."""
    for name, value in filtering(query):
        try:
            made = criterion(PARAMETERS[query.resource_type][name], value)
        except InvalidValueError as error:
            raise SearchRefusedError(400, Issue(59111, str(error), (name,))) from error
        (query.late if name in quirks.late_filters else query.criteria).append(made)


def filtering(query: Query) -> Iterator[tuple[str, str]]:
    """Yield the parameters that filter what was selected."""
    selecting: Sequence[str] = (*PATIENT_NAMES, "_id")
    if query.resource_type == "Patient":
        selecting = ("_id", "identifier", *DEMOGRAPHICS)
    yield from ((name, value) for name, values in query.values.items() if name not in selecting for value in values)
