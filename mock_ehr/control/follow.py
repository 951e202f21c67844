"""Reading the journal by filters, at once or when there is something new.

A listing has a `version`: which exchanges fit and which of them are still open. Who asks with the version that he has
is answered when there is another one, so nobody asks in circles and nothing is missed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from hashlib import blake2b
from typing import Any

import orjson

from mock_ehr.journal import Journal

AT_ONCE = 100  # entries that are read before others get their turn
TICK_S = 0.025
_MOST_NAMED = 20  # open entries that a version names one by one


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are asked for. What is None fits everything."""

    since: int = 0
    limit: int | None = None
    patient: str = ""
    kind: str = ""
    type: str | None = None
    client: str | None = None
    status: str | None = None
    path: str | None = None
    fault: str | None = None
    committed: bool | None = None
    interaction: str | None = None
    method: str | None = None
    outcome: str | None = None

    @property
    def plain(self) -> bool:
        """Return whether the journal itself can filter."""
        return all(
            value is None
            for value in (
                self.type, self.client, self.status, self.path, self.fault,
                self.committed, self.interaction, self.method, self.outcome,
            )
        )  # fmt: skip

    def fits(self, entry: Mapping[str, Any]) -> bool:
        """Return whether an entry, as shown, is asked for, apart from what the journal itself filters."""
        return (
            self.type in (None, entry["resource_type"])
            and self.client in (None, entry["client_id"])
            and (self.status is None or has_status(entry["status"], self.status))
            and (self.path is None or fnmatchcase(entry["path"], self.path))
            and (self.fault is None or self.fault in entry["faults"])
            and self.committed in (None, entry["committed"])
            and self.interaction in (None, entry["interaction"])
            and (self.method is None or self.method.upper() == entry["method"])
            and self.outcome in (None, entry["outcome"])
        )


def has_status(status: int | None, wanted: str) -> bool:
    """Return whether a status is the one asked for: 404, a class like 4xx, or none."""
    if status is None or wanted == "none":
        return status is None and wanted == "none"
    return str(status)[0] == wanted[0] if wanted.endswith("xx") else str(status) == wanted


@dataclass(slots=True)
class Listing:
    """Entries that fit, as JSON. `following` is the `since` to ask with next; it never passes an open entry."""

    following: int
    last: int
    rows: list[bytes] = field(default_factory=list)
    open: list[int] = field(default_factory=list)

    @property
    def version(self) -> str:
        """Return a text that changes when an entry arrives or ends."""
        names = ".".join(map(str, self.open))
        if len(self.open) > _MOST_NAMED:
            names = f"{len(self.open)}-{blake2b(names.encode(), digest_size=8).hexdigest()}"
        return f"{self.last}:{names}"

    def json(self, dropped: int) -> bytes:
        """Return the answer."""
        return b'{"entries":[%s],"next":%d,"dropped":%d,"version":"%s"}' % (
            b",".join(self.rows), self.following, dropped, self.version.encode(),
        )  # fmt: skip


async def read(journal: Journal, wanted: Wanted) -> Listing:
    """Return the entries that fit; others are served in between."""
    listing = Listing(wanted.since, wanted.since)
    cursor = wanted.since
    while True:
        chunk, following = journal.since(cursor, patient=wanted.patient, kind=wanted.kind, limit=AT_ONCE)
        for entry in chunk:
            shown = entry.as_dict()
            if not wanted.plain and not wanted.fits(shown):
                continue
            if wanted.limit is not None and len(listing.rows) >= wanted.limit:
                listing.following = listing.last
                return held_back(listing)
            listing.rows.append(orjson.dumps(shown))
            listing.last = shown["seq"]
            if shown["outcome"] == "open":
                listing.open.append(shown["seq"])
        if len(chunk) < AT_ONCE:
            listing.following = following
            return held_back(listing)
        cursor = chunk[-1].seq
        await asyncio.sleep(0)


def held_back(listing: Listing) -> Listing:
    """Return the listing with `following` in front of the first entry that is still open."""
    if listing.open:
        listing.following = min(listing.following, listing.open[0] - 1)
    return listing


async def follow(journal: Journal, wanted: Wanted, wait_s: float, version: str) -> Listing:
    """Return the listing as soon as its version is not `version`, after `wait_s` at the latest.

    Without a version: as soon as anything fits.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait_s
    known = version or f"{wanted.since}:"
    while True:
        pulse = journal.counters()
        listing = await read(journal, wanted)
        if listing.version != known:
            return listing
        while journal.counters() == pulse:
            if loop.time() >= deadline:
                return listing
            await asyncio.sleep(min(TICK_S, max(0.0, deadline - loop.time())))


def newest(journal: Journal) -> int:
    """Return the number of the newest entry that is kept, 0 without one."""
    first, _ = journal.since(0, limit=1)
    return first[0].seq + int(journal.counters()["journal"]) - 1 if first else 0
