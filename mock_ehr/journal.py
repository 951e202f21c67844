"""The journal: every exchange on the data side, newest kept, read by the control API.

Secrets never get in: Authorization is replaced by the token's digest and client assertions by their decoded
claims.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from mock_ehr.facts import Facts
from mock_ehr.message import Answer, Request

KEPT_ENTRIES = 100_000
KEPT_BODY = 4096  # bytes of a response body that an entry keeps
KEPT_BODIES = 64 * 1024 * 1024  # bytes of bodies over all entries; older entries lose theirs first
HIDDEN = "(hidden)"


@dataclass(slots=True)
class Entry:
    """One exchange. `outcome` is "open" until it ended, then "answered", "dropped" or "aborted"."""

    seq: int
    facts: Facts
    request: Request
    started: float  # epoch seconds, real clock
    started_mono: float
    request_body: bytes = b""
    assertion: dict[str, Any] | None = None
    faults: list[str] = field(default_factory=list)
    outcome: str = "open"
    duration_ms: float | None = None
    status: int | None = None
    response_headers: tuple[tuple[str, str], ...] = ()
    response_body: bytes = b""
    response_bytes: int = 0
    committed: bool = False
    patients: tuple[str, ...] = ()
    token: str = ""
    note: str = ""
    bodies_kept: bool = True

    def as_dict(self) -> dict[str, Any]:
        """Return the entry as the control API shows it."""
        facts = self.facts
        shown: dict[str, Any] = {
            "seq": self.seq,
            "kind": facts.kind,
            "started": self.started,
            "duration_ms": self.duration_ms,
            "method": self.request.method,
            "path": self.request.path,
            "query": self.request.query,
            "request_headers": visible_headers(self.request.headers),
            "request_body": self.request_body.decode("utf-8", "replace"),
            "status": self.status,
            "response_headers": dict(self.response_headers),
            "response_body": self.response_body.decode("utf-8", "replace"),
            "response_bytes": self.response_bytes,
            "client_id": facts.client_id or None,
            "token": self.token or None,
            "interaction": facts.interaction,
            "resource_type": facts.resource_type or None,
            "resource_id": facts.resource_id or None,
            "patients": list(self.patients),
            "committed": self.committed,
            "faults": self.faults,
            "outcome": self.outcome,
            "note": self.note,
            "bodies_kept": self.bodies_kept,
        }
        if self.assertion is not None:
            shown["assertion"] = self.assertion
        return shown


def visible_headers(headers: dict[str, str]) -> dict[str, str]:
    """Return `headers` without the credentials in them."""
    if "authorization" not in headers:
        return headers
    scheme = headers["authorization"].split(" ", 1)[0][:20]
    return {**headers, "authorization": f"{scheme} {HIDDEN}"}


class Journal:
    """Bounded list of exchanges in the order of their arrival."""

    def __init__(
        self,
        now: Callable[[], float],
        monotonic: Callable[[], float],
        keep: int = KEPT_ENTRIES,
        keep_bodies: int = KEPT_BODIES,
    ) -> None:
        self._now = now
        self._monotonic = monotonic
        self._entries: deque[Entry] = deque()
        self._with_bodies: deque[Entry] = deque()
        self._keep = keep
        self._keep_bodies = keep_bodies
        self._body_bytes = 0
        self._seq = 0
        self.dropped = 0
        self._counts: dict[str, int] = {}

    def open(self, request: Request, facts: Facts) -> Entry:
        """Note that `request` arrived."""
        self._seq += 1
        entry = Entry(self._seq, facts, request, self._now(), self._monotonic())
        entry.patients = facts.patients
        entry.token = facts.token
        entry.request_body = request.body[:KEPT_BODY]
        self._entries.append(entry)
        self._count(facts.interaction)
        if len(self._entries) > self._keep:
            self._entries.popleft()
            self.dropped += 1
        return entry

    def close(self, entry: Entry, answer: Answer | None, sent: int, outcome: str) -> None:
        """Note how the exchange ended: the answer as it left (None: nothing did), `sent` bytes of body."""
        entry.outcome = outcome
        self._count(outcome)
        entry.duration_ms = round((self._monotonic() - entry.started_mono) * 1000, 3)
        entry.request.body = b""
        entry.request.headers = visible_headers(entry.request.headers)
        if answer is None or outcome == "aborted":
            return
        entry.status = answer.status
        self._count(str(answer.status))
        entry.response_headers = answer.all_headers()
        entry.response_bytes = sent
        body = answer.body[: min(sent, KEPT_BODY)]
        entry.response_body = body
        self._body_bytes += len(body) + len(entry.request_body)
        self._with_bodies.append(entry)
        while self._body_bytes > self._keep_bodies or len(self._with_bodies) > self._keep:
            self._forget_bodies(self._with_bodies.popleft())

    def _forget_bodies(self, entry: Entry) -> None:
        self._body_bytes -= len(entry.response_body) + len(entry.request_body)
        entry.request_body = entry.response_body = b""
        entry.bodies_kept = False

    def since(self, seq: int, patient: str = "", kind: str = "", limit: int | None = None) -> tuple[list[Entry], int]:
        """Return the entries after `seq` that fit the filters, and the `next` to ask with.

        `next` never passes an entry that is still open, so an open entry comes again once it ended: key
        entries by `seq`.
        """
        found = [
            entry
            for entry in self._after(seq)
            if (not kind or entry.facts.kind == kind) and (not patient or patient in entry.patients)
        ]
        last = max(seq, self._seq)
        if limit is not None and len(found) > limit:
            found = found[:limit]
            last = found[-1].seq if found else seq
        still_open = next((entry.seq for entry in found if entry.outcome == "open"), None)
        return found, last if still_open is None else still_open - 1

    def _count(self, name: str) -> None:
        self._counts[name] = self._counts.get(name, 0) + 1

    def counters(self) -> dict[str, Any]:
        """Return counts since the last reset, also of entries that were dropped from the journal."""
        counts = dict(sorted(self._counts.items()))
        return {"exchanges": counts, "journal": len(self._entries), "journal_dropped": self.dropped}

    def _after(self, seq: int) -> Iterable[Entry]:
        if not self._entries:
            return ()
        skip = max(0, seq + 1 - self._entries[0].seq)
        return islice(self._entries, skip, None)

    def reset(self) -> None:
        """Forget every entry. Sequence numbers go on, so none is ever used twice."""
        self._entries.clear()
        self._with_bodies.clear()
        self._body_bytes = 0
        self._counts.clear()
        self.dropped = 0
