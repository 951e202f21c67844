"""Collecting a bulk export: the records of every patient of a group, by type, as files of ndjson."""

from __future__ import annotations

import asyncio
import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator

from mock_ehr.store import Record
from mock_ehr.vendors.epic.bulk_jobs import File, Job, packed
from mock_ehr.vendors.epic.outcomes import Issue, outcome
from mock_ehr.vendors.epic.protection import PROTECTED
from mock_ehr.vendors.epic.site import Site
from mock_ehr.vendors.epic.subtypes import categories, withheld
from mock_ehr.vendors.epic.surface import DIRECTORY

AT_ONCE = 5  # patients collected before others get their turn
OUTCOME = "OperationOutcome"
REFERENCE = re.compile(rb'"reference":"([A-Za-z]+)/([A-Za-z0-9.-]{1,256})"')


async def collect(job: Job, site: Site) -> None:
    """Collect the files of a job, once; whoever else asks meanwhile waits."""
    async with job.collecting:
        if job.files is None:
            job.files = await files_of(job, site)


async def files_of(job: Job, site: Site) -> tuple[File, ...]:
    """Return the files of a job, types in the order asked for, the error file last."""
    lines: dict[str, list[bytes]] = {name: [] for name in job.plan.types}
    issues = list(job.plan.issues)
    shared: dict[tuple[str, str], None] = {}
    for number, patient in enumerate(job.members, 1):
        issues.extend(gather(patient, job, site, lines, shared))
        if number % AT_ONCE == 0:
            await asyncio.sleep(0)
    for kind, name in shared:
        record = site.state.store.find(kind, name)
        if record is not None:
            lines[kind].append(line(record))
    issues.extend(subtypes_left_out(job, site))
    made = [file for kind, found in lines.items() for file in split(job, kind, found, site.quirks.bulk_file_resources)]
    told = [outcome(issue) for issue in dict.fromkeys(issues)]
    return (*made, *split(job, OUTCOME, told, site.quirks.bulk_file_resources))


def gather(
    patient: str, job: Job, site: Site, lines: dict[str, list[bytes]], shared: dict[tuple[str, str], None]
) -> list[Issue]:
    """Add one patient's records to `lines` and what they refer to in the directory to `shared`."""
    mark = site.state.protected.get(patient, "")
    if mark in PROTECTED:
        return [Issue(PROTECTED[mark], f"Patient/{patient} was left out.")]
    if site.state.store.merged_into(patient):
        return []
    for kind in job.plan.types:
        if kind in DIRECTORY:
            continue
        for record in fitting(site.state.store.of_patient(patient, kind), kind, job, site):
            lines[kind].append(line(record))
            for found in REFERENCE.finditer(record.json):
                key = (found[1].decode(), found[2].decode())
                if key[0] in DIRECTORY and key[0] in lines:
                    shared[key] = None
    return []


def fitting(records: Iterable[Record], kind: str, job: Job, site: Site) -> Iterator[Record]:
    """Yield the records of a type that are visible, authorized by sub-type, and pass a filter."""
    alternatives = job.plan.filters.get(kind, ())
    hidden = withheld(kind, site.quirks)
    for record in records:
        if record.held or (hidden and not hidden.isdisjoint(categories(record))):
            continue
        if not alternatives or any(all(test.matches(record) for test in tests) for tests in alternatives):
            yield record


def subtypes_left_out(job: Job, site: Site) -> list[Issue]:
    """Return a 59204 for each sub-type that the client is not authorized for (vendors.md 1.13)."""
    return [Issue(59204, f"{kind}: {code}") for kind in job.plan.types for code in sorted(withheld(kind, site.quirks))]


def line(record: Record) -> bytes:
    """Return a record as one line; line ends between the tokens of its JSON become spaces."""
    return record.json.replace(b"\r", b" ").replace(b"\n", b" ")


def split(job: Job, kind: str, lines: list[bytes], size: int) -> list[File]:
    """Return lines as files of at most `size` lines."""
    return [
        packed(file_name(job.id, kind, start), kind, lines[start : start + size])
        for start in range(0, len(lines), size)
    ]


def file_name(job: str, kind: str, start: int) -> str:
    """Return the opaque name of a file: e and 23 characters, as ids are."""
    digest = hashlib.sha256(f"{job}:{kind}:{start}".encode()).digest()
    return "e" + urlsafe_b64encode(digest).decode().replace("_", ".")[:23]
