"""Epic's rules for vital signs, which are filed to flowsheet rows (vendors.md 1.11: S, E3)."""

from __future__ import annotations

from typing import Any

from mock_ehr.legible import legible
from mock_ehr.search_values import elements, moment_range, tokens
from mock_ehr.store import Store
from mock_ehr.vendors.epic.flowsheet import LOINC, ROWS
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.write_rules import WriteRefusedError

OPEN = ("in-progress", "arrived", "triaged")


def check_vital_sign(body: dict[str, Any], patient: str, store: Store, *, own_id: str, repeats_refused: bool) -> None:
    """Refuse what is no vital sign, is not mapped, has no value, no open encounter, or is there already.

    `own_id` is the id of the reading that is updated, "" for a new one.
    """
    if "vital-signs" not in {token.code for value in elements(body, "category") for token in tokens(value)}:
        raise WriteRefusedError(400, Issue(59111, "Only vital signs can be filed.", ("category",)))
    codes = {token.code for token in tokens(body["code"]) if token.system == LOINC}
    if not codes & ROWS.keys():
        raise WriteRefusedError(
            400, Issue(59188, f"No flowsheet row for {sorted(codes) or 'no LOINC code'}.", ("code",))
        )
    if not any(name.startswith("value") for name in body) and "component" not in body:
        raise WriteRefusedError(400, Issue(59108, "value is missing.", ("value",)))
    if len(body["effectiveDateTime"]) <= 10:
        raise WriteRefusedError(400, Issue(59111, "The reading needs a time of day.", ("effectiveDateTime",)))
    check_encounter(body, store)
    if repeats_refused and is_repeated(body, codes, patient, store, own_id):
        issue = Issue(59189, "This reading is there already.", ("code", "effectiveDateTime"))
        raise WriteRefusedError(400, issue)


def check_encounter(body: dict[str, Any], store: Store) -> None:
    """Refuse an encounter that is not open: 59187."""
    reference = body["encounter"].get("reference", "")
    kind, _, last = reference.partition("/")
    encounter = store.find(kind, last) if kind == "Encounter" else None
    if encounter is None:
        raise WriteRefusedError(400, Issue(59108, "encounter has no reference.", ("encounter.reference",)))
    if (legible(encounter.json) or {}).get("status") not in OPEN:
        raise WriteRefusedError(400, Issue(59187, "The encounter is not open.", ("encounter",)))


def is_repeated(body: dict[str, Any], codes: set[str], patient: str, store: Store, own_id: str) -> bool:
    """Return whether the patient has another reading of one of `codes` at the same instant."""
    for record in store.of_patient(patient, "Observation"):
        known = legible(record.json) if record.id != own_id else None
        if known and same_instant(known, body["effectiveDateTime"]) and codes & loinc_codes(known):
            return True
    return False


def same_instant(known: dict[str, Any], text: str) -> bool:
    """Return whether an Observation is of the instant `text`."""
    when = known.get("effectiveDateTime")
    try:
        return isinstance(when, str) and moment_range(when) == moment_range(text)
    except ValueError:  # a date that no calendar has
        return False


def loinc_codes(body: dict[str, Any]) -> set[str]:
    """Return the LOINC codes of an Observation."""
    return {token.code for value in elements(body, "code") for token in tokens(value) if token.system == LOINC}


def is_mapped(coding: dict[str, Any]) -> bool:
    """Return whether a coding is a LOINC code with a flowsheet row."""
    return coding.get("system") == LOINC and coding.get("code") in ROWS
