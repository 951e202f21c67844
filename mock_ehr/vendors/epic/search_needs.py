"""What a search needs before Epic runs it, by type (vendors.md 1.7: S, E1), and how it is refused without.

For types that vendors.md does not name the rule is that of their siblings, which is a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mock_ehr.search import split_commas
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.quirks import EpicQuirks
from mock_ehr.vendors.epic.search_query import PATIENT_NAMES, Query, SearchRefusedError

DEMOGRAPHICS = ("family", "given", "name", "birthdate", "telecom", "address-postalcode")
# Parameters of directory types that select; others only filter.
SELECTING: Mapping[str, tuple[str, ...]] = {
    "Location": ("_id", "identifier", "name", "address-city", "address-state", "address-postalcode", "organization"),
    "Medication": ("_id", "code"),
    "Organization": ("_id", "identifier", "name", "address-city", "address-state", "address-postalcode"),
    "Practitioner": ("_id", "identifier", "family", "given", "name"),
    "PractitionerRole": ("_id", "identifier", "practitioner", "organization", "location", "specialty", "role"),
    "Schedule": ("_id", "actor"),
    "Slot": ("_id", "schedule"),
}
NAMES_ONE = {
    "location": "Location",
    "organization": "Organization",
    "practitioner": "Practitioner",
    "schedule": "Schedule",
}


def check_needs(query: Query, quirks: EpicQuirks) -> None:
    """Refuse a search that lacks what its type needs. Raises SearchRefusedError."""
    if query.resource_type in SELECTING:
        needs_selection(query, quirks)
    else:
        NEEDS.get(query.resource_type, needs_patient)(query, quirks)


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


def needs_selection(query: Query, quirks: EpicQuirks) -> None:
    """Want one of the parameters that select in the directory: else 4110, 4111, or 4115 for a wrong reference."""
    selecting = SELECTING[query.resource_type]
    if not any(name in query.values for name in selecting) and not quirks.open_directory_searches:
        if not query.given:
            raise SearchRefusedError(400, Issue(4110))
        raise SearchRefusedError(400, Issue(4111, f"One of these is needed: {', '.join(selecting)}.", selecting))
    for name, target in NAMES_ONE.items():
        for text in (part for value in query.values.get(name, []) for part in split_commas(value)):
            kind, slash, _ = text.rpartition("/")
            if slash and kind.rpartition("/")[2] != target:
                raise SearchRefusedError(400, Issue(4115, f"{text!r} is no {target}.", (name,)))


NEEDS: Mapping[str, Callable[[Query, EpicQuirks], None]] = {
    "Patient": needs_identity,
    "Observation": needs_kind_of_observation,
    "AllergyIntolerance": needs_patient_for_allergies,
}


def enough_demographics(query: Query) -> bool:
    """Return whether two demographics are given; one alone matches nothing, and gender only narrows."""
    given = {name for name in DEMOGRAPHICS if name in query.values}
    words = sum(len(value.split()) for value in query.values.get("name", []))
    return len(given - {"name"}) + min(words, 2) >= 2
