"""Epic's rules for a search: what it needs, what it drops, what it refuses and with which code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from mock_ehr.message import Pairs
from mock_ehr.search import (
    PARAMETERS,
    Criterion,
    InvalidValueError,
    UnimplementedError,
    criterion,
    split_commas,
)
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.quirks import EpicQuirks

CONTROL = ("_format", "_count", "_summary", "_pretty")
FHIR_FEATURES = frozenset(
    (
        "_include",
        "_revinclude",
        "_sort",
        "_has",
        "_elements",
        "_filter",
        "_text",
        "_content",
        "_list",
        "_type",
        "_total",
        "_lastUpdated",
        "_security",
        "_tag",
        "_profile",
        "_source",
        "_contained",
        "_containedType",
        "_score",
        "_query",
    )
)
PATIENT_NAMES = ("patient", "subject")
DEMOGRAPHICS = ("family", "given", "name", "birthdate", "telecom", "address-postalcode")

CATEGORIES: Mapping[str, frozenset[str]] = {
    "Observation": frozenset(
        (
            "vital-signs",
            "laboratory",
            "social-history",
            "imaging",
            "procedure",
            "survey",
            "exam",
            "therapy",
            "activity",
            "core-characteristics",
            "functional-mental-status",
            "sdoh",
            "smartdata",
            "labor-delivery",
            "obstetrics-gynecology",
            "lda",
            "newborn",
            "genomics",
            "periodontal",
            "reproductive-health",
        )
    ),
    "Condition": frozenset(
        (
            "problem-list-item",
            "encounter-diagnosis",
            "health-concern",
            "medical-history",
            "care-plan-problem",
            "genomics",
            "dental-finding",
            "infection",
            "reason-for-visit",
        )
    ),
    "MedicationRequest": frozenset(("inpatient", "outpatient", "community", "discharge", "patientspecified")),
    "AllergyIntolerance": frozenset(("food", "medication", "environment", "biologic")),
}


class SearchRefusedError(Exception):
    """A search that is refused with `status` and `issues`; no issues: an empty body."""

    def __init__(self, status: int, *issues: Issue) -> None:
        super().__init__(status, issues)
        self.status = status
        self.issues = issues


@dataclass(slots=True)
class Query:
    """A search that may run.

    `ids` and `patient` select, `criteria` filter, `late` ones after the page was cut.
    """

    resource_type: str
    patient: str = ""
    ids: tuple[str, ...] = ()
    values: dict[str, list[str]] = field(default_factory=dict)
    criteria: list[Criterion] = field(default_factory=list)
    late: list[Criterion] = field(default_factory=list)
    count: int | None = None
    count_only: bool = False
    remarks: list[Issue] = field(default_factory=list)


def parse_query(resource_type: str, pairs: Pairs, quirks: EpicQuirks) -> Query:
    """Return the search that `pairs` ask for. Raises SearchRefusedError and UnimplementedError."""
    known = PARAMETERS[resource_type]
    refuse_unimplemented(pairs, known)
    unknown = [name for name, _ in pairs if name not in known and name not in CONTROL]
    if unknown and quirks.reject_unknown_parameters:
        raise SearchRefusedError(400, *(Issue(4122, name.upper(), (name,)) for name in unknown))
    query = Query(resource_type)
    for name, value in pairs:
        if name in known and value:
            query.values.setdefault(name, []).append(value)
    try:
        REQUIREMENTS.get(resource_type, needs_patient)(query, quirks)
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


def refuse_unimplemented(pairs: Pairs, known: Mapping[str, object]) -> None:
    """Raise UnimplementedError for parts of FHIR search that the mock does not offer."""
    for name, value in pairs:
        stem = name.partition(":")[0].partition(".")[0]
        if stem in FHIR_FEATURES:
            raise UnimplementedError(f"the search parameter {stem}")
        if name != stem and stem in known:
            raise UnimplementedError(f"the modifier or chain {name}")
        if name == "_summary" and value not in ("count", "false", ""):
            raise UnimplementedError(f"_summary={value}")


def needs_patient(query: Query, _quirks: EpicQuirks) -> None:
    """Want `patient` (or `_id`), else 400/59159."""
    if not any(name in query.values for name in (*PATIENT_NAMES, "_id")):
        raise SearchRefusedError(400, Issue(59159, "A patient is needed.", ("patient",)))


def needs_patient_for_allergies(query: Query, quirks: EpicQuirks) -> None:
    """Want `patient` (or `_id`), else 403 without a body."""
    if not any(name in query.values for name in ("patient", "_id")):
        if quirks.allergy_without_patient_status == 403:
            raise SearchRefusedError(403)
        raise SearchRefusedError(
            quirks.allergy_without_patient_status, Issue(59159, "A patient is needed.", ("patient",))
        )


def needs_kind_of_observation(query: Query, _quirks: EpicQuirks) -> None:
    """Want `patient` and (`category` or `code`), or `_id`; else 400/59108."""
    if "_id" in query.values:
        return
    missing = [] if any(name in query.values for name in PATIENT_NAMES) else ["patient"]
    if not any(name in query.values for name in ("category", "code")):
        missing.append("category or code")
    if missing:
        raise SearchRefusedError(
            400, Issue(59108, f"Missing: {' and '.join(missing)}.", ("patient", "category", "code"))
        )


def needs_identity(query: Query, _quirks: EpicQuirks) -> None:
    """Want `_id`, `identifier` or demographics, else 400/59159; a birth date range is refused."""
    births = query.values.get("birthdate", [])
    if len(births) > 1 or any(len(birth) != 10 for birth in births):
        raise SearchRefusedError(400, Issue(59111, "A birth date is one whole day.", ("birthdate",)))
    if not any(name in query.values for name in ("_id", "identifier", *DEMOGRAPHICS)):
        raise SearchRefusedError(400, Issue(59159, "Not enough to identify a patient by."))


REQUIREMENTS: Mapping[str, Callable[[Query, EpicQuirks], None]] = {
    "Patient": needs_identity,
    "Observation": needs_kind_of_observation,
    "AllergyIntolerance": needs_patient_for_allergies,
}


def enough_demographics(query: Query) -> bool:
    """Return whether two demographics are given; one alone matches nothing, and gender only narrows."""
    given = {name for name in DEMOGRAPHICS if name in query.values}
    words = sum(len(value.split()) for value in query.values.get("name", []))
    return len(given - {"name"}) + min(words, 2) >= 2


def read_control(query: Query, pairs: Pairs) -> None:
    """Take over `_count` and `_summary`. Raises SearchRefusedError for a count that is no whole number."""
    for name, value in pairs:
        if name == "_count":
            if not value.isdecimal() or len(value) > 9:
                raise SearchRefusedError(400, Issue(59111, f"_count {value!r} is no whole number.", ("_count",)))
            query.count = int(value)
        elif name == "_summary":
            query.count_only = value == "count"
    if query.count == 0:
        query.count_only = True


def select(query: Query) -> None:
    """Find out whose chart or which ids are asked for. Raises SearchRefusedError for two patients at once."""
    asked = [part for name in PATIENT_NAMES for value in query.values.get(name, []) for part in split_commas(value)]
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
    """Refuse categories that do not exist (59111), remark on them (59101) when others are valid."""
    valid = CATEGORIES.get(query.resource_type)
    for value in query.values.get("category", []) if valid else []:
        strange = [part for part in split_commas(value) if part.rpartition("|")[2] not in (valid or ())]
        if not strange:
            continue
        if quirks.invalid_category_is_fatal and len(strange) == len(split_commas(value)):
            raise SearchRefusedError(400, Issue(59111, f"Unknown category {strange[0]!r}.", ("category",)))
        query.remarks.append(Issue(59101, f"Unknown category {strange[0]!r}.", ("category",)))


def filters(query: Query, quirks: EpicQuirks) -> None:
    """Turn the other parameters into criteria. Raises SearchRefusedError for values of the wrong form."""
    special: Sequence[str] = (*PATIENT_NAMES, "_id")
    if query.resource_type == "Patient":
        special = ("_id", "identifier", *DEMOGRAPHICS)
    for name, values in query.values.items():
        if name in special:
            continue
        for value in values:
            try:
                made = criterion(PARAMETERS[query.resource_type][name], value)
            except InvalidValueError as error:
                raise SearchRefusedError(400, Issue(59111, str(error), (name,))) from error
            (query.late if name in quirks.late_filters else query.criteria).append(made)
