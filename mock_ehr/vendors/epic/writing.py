"""Create as Epic answers it: 201, a relative Location, no de-duplication, payloads that come back changed."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from itertools import count
from typing import Any

from mock_ehr import exact_json
from mock_ehr.message import Answer
from mock_ehr.store import Record
from mock_ehr.vendor import Visit
from mock_ehr.vendors.epic import dialect
from mock_ehr.vendors.epic.flowsheet import CODE_SYSTEM, LOINC, ROWS
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.site import Site
from mock_ehr.vendors.epic.write_rules import (
    CHECKS,
    WriteRefusedError,
    check_patient,
    check_references,
    check_structure,
)

JSON_TYPES = ("application/fhir+json", "application/json")
XML_TYPES = ("application/fhir+xml", "application/xml", "text/xml")


class Ids:
    """New resource ids: opaque, 24 characters beginning with e, never the same twice in one process."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._numbers = count(1)

    def new(self, resource_type: str) -> str:
        """Return a fresh id."""
        digest = hashlib.sha256(f"{self._seed}:{resource_type}:{next(self._numbers)}".encode()).digest()
        return "e" + urlsafe_b64encode(digest).decode().replace("_", ".")[:23]


def create(visit: Visit, site: Site, ids: Ids) -> Answer:
    """Answer a create."""
    resource_type = visit.facts.resource_type
    xml = site.quirks.xml_by_default
    media = visit.request.header("content-type").partition(";")[0].strip().lower()
    if media in XML_TYPES:
        return dialect.unimplemented(visit.request, "request bodies in XML", xml_by_default=xml)
    try:
        body = check_structure(resource_type, read_json(media, visit.request.body))
        store = site.state.store
        patient = check_patient(body, resource_type, store)
        check_references(body, patient, store)
        CHECKS[resource_type](body, patient, store, site.quirks.repeated_vitals_refused)
    except WriteRefusedError as refusal:
        return dialect.refused(visit.request, refusal.status, *refusal.issues, xml_by_default=xml)
    record = keep(body, patient, site, ids)
    location = (("Location", f"{resource_type}/{record.id}"),)
    if "return=representation" not in visit.request.header("prefer").replace(" ", ""):
        return Answer(201, b"", "", location, committed=True)
    answer = dialect.respond(visit.request, 201, record.json, xml_by_default=xml, headers=location)
    answer.committed = True
    return answer


def read_json(media: str, body: bytes) -> Any:
    """Return the parsed body.

    Raises WriteRefusedError with 59105 for what is not JSON, and for a name given twice.
    """
    if media not in JSON_TYPES:
        raise WriteRefusedError(415, Issue(59102, f"Content-Type {media!r} is not supported."))
    try:
        return exact_json.loads(body.decode("utf-8"), unique_names=True)
    except ValueError as error:
        raise WriteRefusedError(400, Issue(59105, f"The body is not valid JSON: {error}")) from error


def keep(body: dict[str, Any], patient: str, site: Site, ids: Ids) -> Record:
    """Store the resource under a new id and return its record."""
    resource_type = body["resourceType"]
    new_id = ids.new(resource_type)
    filed = {"resourceType": resource_type, "id": new_id}
    filed |= {name: value for name, value in body.items() if name not in ("resourceType", "id", "meta", "text")}
    if site.quirks.rewrite_written:
        filed = rewritten(filed)
    held = resource_type in site.quirks.held_types
    record = Record(resource_type, new_id, patient, exact_json.dumps(filed), written=True, held=held)
    site.state.store.add(record)
    return record


def rewritten(filed: dict[str, Any]) -> dict[str, Any]:
    """Return the resource as filed: code text in capitals, a flowsheet row beside the LOINC code."""
    code = dict(filed["code"])
    if "text" in code:
        code["text"] = code["text"].upper()
    if filed["resourceType"] == "Observation":
        rows = [ROWS[coding["code"]] for coding in code["coding"] if is_mapped(coding)]
        code["coding"] = [*code["coding"], *({"system": CODE_SYSTEM, "code": row} for row in rows[:1])]
    return {**filed, "code": code}


def is_mapped(coding: dict[str, Any]) -> bool:
    """Return whether a coding is a LOINC code with a flowsheet row."""
    return coding.get("system") == LOINC and coding.get("code") in ROWS
