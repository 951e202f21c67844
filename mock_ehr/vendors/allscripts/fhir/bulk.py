"""Bulk export of a Group: polls with X-Progress and Retry-After, 429 for those who do not wait (V1 V3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import orjson

from mock_ehr.message import Answer, MalformedQueryError
from mock_ehr.vendor import Visit
from mock_ehr.vendors.allscripts.exports import Export
from mock_ehr.vendors.allscripts.fhir.lists import find_group, record_of
from mock_ehr.vendors.allscripts.fhir.outcomes import JSON, refused
from mock_ehr.vendors.allscripts.fhir.redaction import shown
from mock_ehr.vendors.allscripts.fhir.routes import FILES, JOBS, TYPES
from mock_ehr.vendors.allscripts.site import Site
from mock_ehr.wire import http_date

NDJSON = "application/fhir+ndjson"
OUTPUT_FORMATS = ("", NDJSON, "application/ndjson", "ndjson")
WITHOUT_PATIENT = ("Group", "Location", "Medication", "Organization", "Practitioner", "PractitionerRole", "Binary")
DEFAULT_TYPES = tuple(name for name in TYPES if name not in WITHOUT_PATIENT)


def kick_off(visit: Visit, site: Site) -> Answer:
    """Answer `GET Group/{id}/$export`."""
    group = find_group(site, visit.facts.resource_id)
    if group is None:
        return refused(404, f"Group {visit.facts.resource_id} was not found in the data store.")
    if "respond-async" not in visit.request.header("prefer"):
        return refused(400, "Prefer: respond-async is missing.")
    try:
        parameters = dict(visit.request.parameters())
    except MalformedQueryError as error:
        return refused(400, str(error))
    if parameters.get("_outputFormat", "") not in OUTPUT_FORMATS:
        return refused(400, f"_outputFormat {parameters['_outputFormat']!r} is not supported.")
    types = tuple(name for name in parameters.get("_type", "").split(",") if name) or DEFAULT_TYPES
    for name in types:
        if name not in (*DEFAULT_TYPES, "Group"):
            return refused(400, f"_type {name} is not supported.")
    now = site.state.clock.now()
    query = f"?{visit.request.query}" if visit.request.query else ""
    url = f"{site.fhir_base}/Group/{group.id}/$export{query}"
    export = Export(site.new_guid(), visit.facts.client_id, group, types, url, now, now)
    site.exports.add(export)
    location = (("Content-Location", f"{site.fhir_base}/{JOBS}/{export.key}"),)
    return Answer(202, b"", "", location, patients=group.members)


def poll(visit: Visit, site: Site) -> Answer:
    """Answer a poll: too soon, not yet, or the manifest."""
    export = site.exports.find(visit.facts.resource_id, visit.facts.client_id)
    now, quirks = site.state.clock.now(), site.quirks
    if export is None or now > export.started + quirks.bulk_ready_s + quirks.bulk_kept_s:
        return refused(404, "The export is unknown or has expired.")
    wait = (("Retry-After", str(quirks.bulk_retry_after_s)),)
    if now < export.next_poll:
        return Answer(429, b"", "", wait, note="polled before the time in Retry-After had passed")
    site.exports.put_off(export, now + quirks.bulk_retry_after_s)
    ready = export.started + quirks.bulk_ready_s
    if now < ready:
        done = int(100 * (now - export.started) / quirks.bulk_ready_s)
        return Answer(202, b"", "", (("X-Progress", f"{done}% complete"), *wait))
    expires = (("Expires", http_date(ready + quirks.bulk_kept_s)),)
    return Answer(200, manifest(export, site), JSON, expires, patients=export.group.members)


def manifest(export: Export, site: Site) -> bytes:
    """Return the manifest (hl7.org/fhir/uv/bulkdata, "Response - Complete Status")."""
    output = []
    for name in export.types:
        count = sum(1 for _ in lines(export, name, site))
        if count:
            url = f"{site.fhir_base}/{FILES}/{export.key}-{name}.ndjson"
            output.append({"type": name, "url": url, "count": count})
    return orjson.dumps(
        {
            "transactionTime": instant(export.started),
            "request": export.request_url,
            "requiresAccessToken": True,
            "output": output,
            "error": [],
        }
    )


def instant(epoch_s: float) -> str:
    """Return an instant of FHIR."""
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def lines(export: Export, resource_type: str, site: Site) -> Iterator[bytes]:
    """Yield the resources of one type in an export, the members in the order of the group."""
    if resource_type == "Group":
        yield record_of(export.group).json
        return
    store = site.state.store
    for member in export.group.members:
        for record in store.of_patient(member, resource_type):
            if not record.held:
                yield shown(record, site)


def cancel(visit: Visit, site: Site) -> Answer:
    """Answer `DELETE` of an export."""
    export = site.exports.find(visit.facts.resource_id, visit.facts.client_id)
    if export is None:
        return refused(404, "The export is unknown or has expired.")
    site.exports.cancel(export)
    return Answer(202)


def file(visit: Visit, site: Site) -> Answer:
    """Answer with one file of an export."""
    key, _, name = visit.facts.resource_id.rpartition("-")
    export = site.exports.find(key, visit.facts.client_id)
    resource_type = name.removesuffix(".ndjson")
    if export is None or resource_type not in export.types:
        return refused(404, "The file is unknown or has expired.")
    body = b"".join(line + b"\n" for line in lines(export, resource_type, site))
    return Answer(200, body, NDJSON, patients=export.group.members)
