"""Patient create: an EHR has one record for a person, so it matches before it creates (vendors.md 1.11: S, E3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mock_ehr.demographics import Person, person
from mock_ehr.legible import legible
from mock_ehr.search_values import elements
from mock_ehr.store import Record
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.patient_dress import dressed_patient, number_of
from mock_ehr.vendors.epic.site import Site
from mock_ehr.vendors.epic.write_rules import WriteRefusedError

SSN_SYSTEMS = ("http://hl7.org/fhir/sid/us-ssn", "urn:oid:2.16.840.1.113883.4.1")
MRN_SYSTEM = "urn:oid:1.2.840.114350.1.13.0.1.7.5.737384.14"


def check_identity(body: dict[str, Any], site: Site) -> None:
    """Refuse a patient without social security number, which the sandbox insists on: 59108."""
    if site.quirks.patient_needs_ssn and not ssn_of(body):
        raise WriteRefusedError(400, Issue(59108, "A social security number is needed.", ("identifier (ssn)",)))


def ssn_of(body: dict[str, Any]) -> str:
    """Return the digits of the social security number, "" without one."""
    for identifier in elements(body, "identifier"):
        if isinstance(identifier, dict) and identifier.get("system") in SSN_SYSTEMS:
            return "".join(char for char in str(identifier.get("value", "")) if char.isdigit())
    return ""


async def matching(body: dict[str, Any], data: bytes, site: Site) -> Record | None:
    """Return the patient that the body, as JSON `data`, is about; None when nobody fits."""
    await site.demographics.ready()
    wanted, number = person(0, data), ssn_of(body)
    for record in candidates(wanted, site):
        known = ssn_of(legible(record.json) or {})
        if known == number or not known:
            return record
    return None


def candidates(wanted: Person, site: Site) -> Iterator[Record]:
    """Yield the patients of the same name, birth date and sex."""
    store = site.state.store
    for someone in site.demographics.people:
        if same(someone, wanted):
            record = store.patient_at(someone.index)
            if record is not None and not store.merged_into(record.id):
                yield record
    yield from (
        record for record in store.changed("Patient") if record.written and same(person(0, record.json), wanted)
    )


def same(someone: Person, wanted: Person) -> bool:
    """Return whether two people have family name, first given name, birth date and sex in common."""
    return (
        bool(set(someone.families) & set(wanted.families))
        and someone.givens[:1] == wanted.givens[:1]
        and (someone.birth_date, someone.gender) == (wanted.birth_date, wanted.gender)
    )


def registered(filed: dict[str, Any], site: Site) -> dict[str, Any]:
    """Return a new patient with what the EHR adds: a medical record number and its own identifiers."""
    mrn = {"use": "usual", "type": {"text": "MRN"}, "system": MRN_SYSTEM, "value": f"N{number_of(filed['id']):07}"}
    filed = {**filed, "active": True, "identifier": [mrn, *filed.get("identifier", ())]}
    return dressed_patient(filed, site.quirks)
