"""Bulk export on the wire: kick-off, status, files, deletion (vendors.md 1.13: E1, E4, E5; Bulk Data guide: T7)."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import UTC, datetime
from email.utils import formatdate

import orjson

from mock_ehr.message import Answer, Pairs
from mock_ehr.vendor import Visit
from mock_ehr.vendors.epic import dialect
from mock_ehr.vendors.epic.bulk_collection import OUTCOME, collect
from mock_ehr.vendors.epic.bulk_jobs import Job
from mock_ehr.vendors.epic.bulk_request import KickOffRefusedError, check_headers, read_plan
from mock_ehr.vendors.epic.outcomes import Issue
from mock_ehr.vendors.epic.site import Site

NDJSON = "application/fhir+ndjson"
MAX_PROGRESS = 100  # characters of X-Progress (Bulk Data guide)


def kick_off(visit: Visit, site: Site) -> Answer:
    """Answer the start of an export."""
    group = site.state.groups.get(visit.facts.resource_id)
    client = site.state.clients.in_force(visit.facts.client_id)
    if group is None or client is None:
        return refuse(visit, site, 404, Issue(59008, "No such group.", ("id",)))
    quirks, now = site.quirks, site.state.clock.now()
    try:
        if quirks.bulk_headers_required:
            check_headers(visit.request)
        plan = read_plan(visit.request, client.apis, quirks)
        check_window(client.client_id, group.id, site)
    except KickOffRefusedError as refusal:
        return refuse(visit, site, refusal.status, refusal.issue)
    query = f"?{visit.request.query}" if visit.request.query else ""
    address = f"{site.fhir_base}/Group/{group.id}/$export{query}"
    job = Job(site.exports.new_id(), client.client_id, group.id, address, group.members, plan, now)
    site.exports.start(job)
    return Answer(202, b"", "", (("Content-Location", status_url(job, site)),), patients=group.members)


def check_window(client_id: str, group: str, site: Site) -> None:
    """Refuse a client that exported the group a short while ago. Raises KickOffRefusedError."""
    if site.exports.too_soon(client_id, group, site.state.clock.now(), site.quirks.bulk_window_s):
        issue = Issue(59159, "This client asked for this group too recently.")
        raise KickOffRefusedError(site.quirks.bulk_repeat_status, issue)


def status(visit: Visit, site: Site) -> Answer | Awaitable[Answer]:
    """Answer a poll, or a deletion; awaitable while the files are collected."""
    job = find(visit, site)
    if isinstance(job, Answer):
        return job
    now, duration = site.state.clock.now(), site.quirks.bulk_duration_s
    over = job.is_over(now, duration)
    if visit.request.method == "DELETE":
        site.exports.delete(job, unfinished=not over)
        return Answer(202, b"", "")
    if not over:
        text = f"Searched {job.searched(now, duration)} of {len(job.members)} patients"
        wait = site.quirks.bulk_retry_after_s
        headers: Pairs = (("X-Progress", text[:MAX_PROGRESS]), *((("Retry-After", str(wait)),) if wait else ()))
        return Answer(202, b"", "", headers)
    return manifest(job, site) if job.files is not None else collected(job, site)


async def collected(job: Job, site: Site) -> Answer:
    """Answer the first poll after the end."""
    await collect(job, site)
    return manifest(job, site)


def manifest(job: Job, site: Site) -> Answer:
    """Return what was exported; `requiresAccessToken` is a text at Epic (vendors.md 1.13)."""
    listed = [{"type": file.type, "url": f"{status_url(job, site)}/{file.name}"} for file in job.files or ()]
    body = {
        "transactionTime": datetime.fromtimestamp(int(job.started), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "request": job.address,
        "requiresAccessToken": "true",
        "output": [row for row in listed if row["type"] != OUTCOME],
        "error": [row for row in listed if row["type"] == OUTCOME],
    }
    ends = formatdate(job.started + site.quirks.bulk_keep_s, usegmt=True)
    return Answer(200, orjson.dumps(body), dialect.JSON, (("Expires", ends),) if site.quirks.bulk_expires else ())


def file(visit: Visit, site: Site) -> Answer:
    """Answer with a file."""
    job = find(visit, site)
    if isinstance(job, Answer):
        return job
    found = job.file(visit.route.feature)
    if found is None:
        return refuse(visit, site, 404, Issue(59008, "No such file.", ("id",)))
    about = () if found.type == OUTCOME else job.members
    return Answer(200, found.data(), NDJSON, patients=about)


def find(visit: Visit, site: Site) -> Job | Answer:
    """Return the request that is asked for, which has to be the client's own (59007)."""
    now = site.state.clock.now()
    job = site.exports.find(visit.facts.resource_id, now, site.quirks.bulk_keep_s)
    if job is None:
        return refuse(visit, site, 404, Issue(59008, "No such bulk request.", ("id",)))
    if job.client_id != visit.facts.client_id:
        return refuse(visit, site, 403, Issue(59007, "Another client started this request."))
    return job


def status_url(job: Job, site: Site) -> str:
    """Return where the request is polled: beside the R4 base, not below it."""
    return f"{site.state.public_url}/{site.instance}/api/FHIR/BulkRequest/{job.id}"


def refuse(visit: Visit, site: Site, code: int, issue: Issue) -> Answer:
    """Return a refusal with one issue."""
    return dialect.refused(visit.request, code, issue, xml_by_default=site.quirks.xml_by_default)
