"""One exchange as the journal keeps it: a value while it is under way, few bytes once it ended."""

from __future__ import annotations

import marshal
from dataclasses import dataclass, field
from typing import Any

from mock_ehr.facts import ClientCertificate, Facts
from mock_ehr.message import Pairs, Request

HIDDEN = "(hidden)"
BEARER_HIDDEN = f"Bearer {HIDDEN}"


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
        facts, certificate = self.facts, self.facts.client_certificate
        shown: dict[str, Any] = {
            "seq": self.seq,
            "kind": facts.kind,
            "started": self.started,
            "duration_ms": None if self.duration_ms is None else round(self.duration_ms, 3),
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
            "client_certificate": certificate
            and {"subject": certificate.subject, "thumbprint": certificate.thumbprint},
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
    shown = headers.copy()
    scheme = headers["authorization"].partition(" ")[0]
    shown["authorization"] = BEARER_HIDDEN if scheme == "Bearer" else f"{scheme[:20]} {HIDDEN}"
    return shown


_FORMAT = 2  # of marshal: the last one that does not look for repeated objects, which takes longer than it saves


def pack(entry: Entry) -> bytes:
    """Return an ended exchange as bytes, without number, times, headers and bodies. Raises ValueError if it cannot be.

    What is left is often the same. The order is that of `unpack`. Plain attributes: this is done for most exchanges.
    """
    facts, request, shown = entry.facts, entry.request, entry.facts.client_certificate
    certificate = None if shown is None else (shown.subject, shown.thumbprint, shown.not_after)
    of_facts = (
        facts.kind, facts.interaction, request.method, request.path, facts.resource_type, facts.resource_id,
        facts.patients, facts.client_id, facts.token,
    )  # fmt: skip
    own = (
        entry.assertion, entry.faults, entry.outcome, entry.status, entry.response_bytes, entry.committed, entry.token,
        entry.note,
    )  # fmt: skip
    patients = None if entry.patients is facts.patients else entry.patients
    bodies = bool(entry.request_body or entry.response_body)
    return marshal.dumps((of_facts, certificate, request.query, own, patients, bodies), _FORMAT)


def unpack(packed: bytes, heads: bytes, seq: int, started: float, duration_ms: float) -> Entry:
    """Return the exchange of `pack` and `pack_heads`, without bodies; `bodies_kept` tells whether it had none."""
    of_facts, certificate, query, own, patients, had_bodies = marshal.loads(packed)  # noqa: S302 - our own
    headers, response_headers = marshal.loads(heads)  # noqa: S302 - as above
    facts = Facts(*of_facts)
    facts.client_certificate = None if certificate is None else ClientCertificate(*certificate)
    request = Request(facts.method, facts.path, query, headers)
    entry = Entry(seq, facts, request, started, 0.0, response_headers=response_headers, bodies_kept=not had_bodies)
    entry.patients = facts.patients if patients is None else patients
    entry.duration_ms = duration_ms
    (
        entry.assertion, entry.faults, entry.outcome, entry.status, entry.response_bytes, entry.committed, entry.token,
        entry.note,
    ) = own  # fmt: skip
    return entry


def pack_heads(request_headers: dict[str, str], response_headers: Pairs) -> bytes:
    """Return the headers of both messages as bytes."""
    return marshal.dumps((request_headers, response_headers), _FORMAT)
