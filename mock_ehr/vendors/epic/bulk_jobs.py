"""Bulk export requests: what was asked, how far it is, and the files that came of it. Bounded; ended by the clock."""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from mock_ehr.search import Criterion
from mock_ehr.vendors.epic.outcomes import Issue

KEPT_JOBS = 100
FAST = 1  # zlib level: ndjson shrinks to a tenth even so


@dataclass(frozen=True, slots=True)
class Plan:
    """What a kick-off asks for. `filters` are alternatives by type, each a list of criteria that all have to fit.

    `issues` go into the error file.
    """

    types: tuple[str, ...]
    filters: Mapping[str, tuple[tuple[Criterion, ...], ...]] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """One ndjson file, kept compressed."""

    name: str
    type: str
    packed: bytes

    def data(self) -> bytes:
        """Return the lines."""
        return zlib.decompress(self.packed)


@dataclass(slots=True)
class Job:
    """One bulk request. `started` is in epoch seconds of the EHR's clock; `files` is None until all is collected."""

    id: str
    client_id: str
    group: str
    address: str  # of the kick-off
    members: tuple[str, ...]
    plan: Plan
    started: float
    files: tuple[File, ...] | None = None
    collecting: asyncio.Lock = field(default_factory=asyncio.Lock)

    def searched(self, now: float, duration_s: float) -> int:
        """Return how many patients were searched by `now`, all of them when it is done."""
        part = 1.0 if duration_s <= 0 else min(1.0, max(0.0, (now - self.started) / duration_s))
        return int(part * len(self.members)) if part < 1 else len(self.members)

    def is_over(self, now: float, duration_s: float) -> bool:
        """Return whether the time that an export takes has passed."""
        return now - self.started >= duration_s

    def file(self, name: str) -> File | None:
        """Return a file by name, None without one."""
        return next((file for file in self.files or () if file.name == name), None)


def packed(name: str, resource_type: str, lines: list[bytes]) -> File:
    """Return lines as a file."""
    return File(name, resource_type, zlib.compress(b"\n".join(lines) + b"\n", FAST))


class Exports:
    """The bulk requests of a site, and when each client last exported each group."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._count = 0
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._last: dict[tuple[str, str], float] = {}

    def new_id(self) -> str:
        """Return 32 hexadecimal digits that were not used before."""
        self._count += 1
        digest = hashlib.sha256(f"{self._seed}:bulk:{self._count}".encode()).hexdigest().upper()
        return digest[:20].rjust(32, "0")

    def too_soon(self, client_id: str, group: str, now: float, window_s: float) -> bool:
        """Return whether the client exported the group less than `window_s` ago."""
        last = self._last.get((client_id, group))
        return last is not None and now - last < window_s

    def start(self, job: Job) -> None:
        """Keep a new request; the oldest makes room."""
        self._jobs[job.id] = job
        self._last[job.client_id, job.group] = job.started
        if len(self._jobs) > KEPT_JOBS:
            self._jobs.popitem(last=False)

    def find(self, name: str, now: float, keep_s: float) -> Job | None:
        """Return a request; None when it never was, was deleted, or its files were kept long enough."""
        job = self._jobs.get(name)
        return job if job is not None and now - job.started < keep_s else None

    def delete(self, job: Job, *, unfinished: bool) -> None:
        """Forget a request; one that was not done does not count against the window (bulk tutorial)."""
        self._jobs.pop(job.id, None)
        if unfinished:
            self._last.pop((job.client_id, job.group), None)

    def clear(self) -> None:
        """Forget all."""
        self._jobs.clear()
        self._last.clear()
