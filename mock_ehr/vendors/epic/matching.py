"""`POST Patient/$match`: one certain patient, or none (vendors.md 1.12: E2, E3).

What makes a match certain is our own rule (gap): family name, first given name, birth date, gender and one way to
reach the patient all agree. Four of the five are a match of low confidence.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from mock_ehr.demographics import Person, person
from mock_ehr.message import Answer
from mock_ehr.search_values import fold
from mock_ehr.store import Record
from mock_ehr.vendor import Visit
from mock_ehr.vendors.epic import dialect
from mock_ehr.vendors.epic.bundles import outcome_entry
from mock_ehr.vendors.epic.operation_parameters import OperationRefusedError, UnreadXmlError, read_parameters, take
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.site import Site

MATCH_GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
EPIC_SYSTEM = "urn:oid:1.2.840.114350"
EPIC_TYPES = ("CEID", "EPIC", "EPI", "EXTERNAL", "INTERNAL", "FHIR", "FHIR STU3", "MYCHARTLOGIN", "WPRINTERNAL")
CERTAIN, WEAK = 5, 4
NEEDED = ("name", "birthDate", "gender")


@dataclass(frozen=True, slots=True)
class Sought:
    """Whom a match is for. `remarks` come back with the result."""

    likeness: Person
    remarks: tuple[Issue, ...] = ()


def match(visit: Visit, site: Site) -> Answer | Awaitable[Answer]:
    """Answer a match; awaitable while the demographic index is being built."""
    xml = site.quirks.xml_by_default
    try:
        sought = read_request(visit)
    except UnreadXmlError:
        return dialect.unimplemented(visit.request, "request bodies in XML", xml_by_default=xml)
    except OperationRefusedError as refusal:
        return dialect.refused(visit.request, refusal.status, *refusal.issues, xml_by_default=xml)
    return answer(visit, sought, site) if site.demographics.built else later(visit, sought, site)


async def later(visit: Visit, sought: Sought, site: Site) -> Answer:
    """Answer once the index is there."""
    await site.demographics.ready()
    return answer(visit, sought, site)


def read_request(visit: Visit) -> Sought:
    """Return whom the body asks for. Raises OperationRefusedError and UnreadXmlError."""
    parts = read_parameters(visit.request)
    wanted = take(parts, "resource", "resource", dict)
    if not take(parts, "onlyCertainMatches", "valueBoolean", bool):
        raise OperationRefusedError(400, Issue(59138, "onlyCertainMatches has to be true.", ("onlyCertainMatches",)))
    take(parts, "count", "valueInteger", int, required=False)
    if wanted.get("resourceType") != "Patient":
        raise OperationRefusedError(400, Issue(59102, "resource is no Patient.", ("resource",)))
    likeness = person(-1, orjson.dumps(wanted, default=str))
    missing = [name for name in NEEDED if not wanted.get(name)]
    if not missing and not (likeness.families and likeness.givens):
        missing = ["name"]
    if not (likeness.telecoms or likeness.postal_codes):
        missing.append("telecom")
    if missing:
        raise OperationRefusedError(400, *(Issue(59108, f"{name} is missing.", (name,)) for name in missing))
    return Sought(likeness, tuple(ignored(wanted)))


def ignored(wanted: dict[str, Any]) -> Iterator[Issue]:
    """Yield a 59109 for each of Epic's own identifiers, which count for nothing."""
    listed = wanted.get("identifier")
    for identifier in listed if isinstance(listed, list) else ():
        kind = identifier.get("type", {}) if isinstance(identifier, dict) else {}
        system = identifier.get("system", "") if isinstance(identifier, dict) else ""
        if kind.get("text") in EPIC_TYPES or str(system).startswith(EPIC_SYSTEM):
            yield Issue(59109, "An identifier of Epic's own was ignored.", ("identifier",))


def answer(visit: Visit, sought: Sought, site: Site) -> Answer:
    """Answer with the one certain match, or say why there is none."""
    certain, weak = candidates(sought.likeness, site)
    xml = site.quirks.xml_by_default
    if len(certain) > 1:
        issue = Issue(59011, f"{len(certain)} patients match.")
        return dialect.refused(
            visit.request, site.quirks.match_multiple_status, *sought.remarks, issue, xml_by_default=xml
        )
    if weak and not certain:
        issue = Issue(59013, "No match is certain.")
        return dialect.refused(visit.request, 400, *sought.remarks, issue, xml_by_default=xml)
    remarks = sought.remarks if certain else (*sought.remarks, Issue(4101, severity=site.quirks.empty_severity))
    made = dialect.respond(visit.request, 200, bundle(certain, remarks, site), xml_by_default=xml)
    made.patients = tuple(record.id for record in certain)
    return made


def candidates(likeness: Person, site: Site) -> tuple[list[Record], list[Record]]:
    """Return the patients that match with certainty, and those that nearly do."""
    store = site.state.store
    changed = {record.id: record for record in store.changed("Patient")}
    certain: list[Record] = []
    weak: list[Record] = []
    for someone in site.demographics.people:
        points = agreement(likeness, someone)
        record = store.patient_at(someone.index) if points >= WEAK else None
        if record is not None and record.id not in changed:
            (certain if points == CERTAIN else weak).append(record)
    for record in changed.values():
        points = 0 if store.merged_into(record.id) else agreement(likeness, person(0, record.json))
        if points >= WEAK:
            (certain if points == CERTAIN else weak).append(record)
    return certain, weak


def agreement(one: Person, other: Person) -> int:
    """Return in how many of the five ways two people agree."""
    contact = bool({*one.telecoms} & {*other.telecoms}) or bool(
        {fold(code) for code in one.postal_codes} & {fold(code) for code in other.postal_codes}
    )
    return sum(
        (
            bool({*one.families} & {*other.families}),
            one.givens[:1] == other.givens[:1],
            one.birth_date == other.birth_date,
            one.gender == other.gender,
            contact,
        )
    )


def bundle(found: list[Record], remarks: tuple[Issue, ...], site: Site) -> bytes:
    """Return the searchset: each match with score 1 and grade certain, then the remarks."""
    self_url = f"{site.fhir_base}/Patient/$match"
    grade = orjson.dumps([{"url": MATCH_GRADE, "valueCode": "certain"}])
    entries = []
    for record in found:
        url = f"{site.fhir_base}/Patient/{record.id}".encode()
        entries.append(
            b'{"link":[{"relation":"self","url":"%s"}],"fullUrl":"%s","resource":%s,'
            b'"search":{"extension":%s,"mode":"match","score":1}}' % (url, url, record.json, grade)
        )
    if remarks:
        entries.append(outcome_entry(remarks, self_url))
    head = b'{"resourceType":"Bundle","type":"searchset","total":%d,"link":%s' % (
        len(found),
        orjson.dumps([{"relation": "self", "url": self_url}]),
    )
    return head + b',"entry":[' + b",".join(entries) + b"]}"
