"""One exchange as the journal keeps it: a value while it is under way, few bytes once it ended."""

from __future__ import annotations

import marshal
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from mock_ehr.facts import Facts
from mock_ehr.message import Request

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

    @property
    def has_bodies(self) -> bool:
        """Return whether there is something of a body in it."""
        return bool(self.request_body or self.response_body)

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


# What is packed, in this order. Facts and request come as plain values in front; headers and bodies are kept apart.
_FACTS = ("kind", "interaction", "resource_type", "resource_id", "patients", "client_id", "token")
_REQUEST = ("method", "path", "query", "keep_alive")
_OWN = (
    "started", "started_mono", "assertion", "faults", "outcome", "duration_ms", "status", "response_bytes",
    "committed", "patients", "token", "note", "has_bodies",
)  # fmt: skip
_VALUES = attrgetter(
    "seq",
    *(f"facts.{name}" for name in _FACTS),
    *(f"request.{name}" for name in _REQUEST),
    *_OWN,
)
_FORMAT = 2  # of marshal: the last one that does not look for repeated objects, which takes longer than it saves


def pack(entry: Entry) -> bytes:
    """Return an ended exchange as bytes, without its headers and bodies. Raises ValueError for what cannot be."""
    return marshal.dumps(_VALUES(entry), _FORMAT)


def unpack(packed: bytes, heads: bytes) -> Entry:
    """Return the exchange of `pack` and `pack_heads`, without bodies; `bodies_kept` tells whether it had none."""
    seq, *values = marshal.loads(packed)  # noqa: S302 - what this process packed itself
    headers, response_headers = marshal.loads(heads)  # noqa: S302 - as above
    of_facts, of_request = values[: len(_FACTS)], values[len(_FACTS) : len(_FACTS) + len(_REQUEST)]
    method, path, query, keep_alive = of_request
    facts = Facts(method=method, path=path, **dict(zip(_FACTS, of_facts, strict=True)))
    entry = Entry(
        seq,
        facts,
        Request(method, path, query, headers, b"", keep_alive),
        0.0,
        0.0,
        response_headers=response_headers,
    )
    *own, had_bodies = values[len(_FACTS) + len(_REQUEST) :]
    for name, value in zip(_OWN, own, strict=False):
        setattr(entry, name, value)
    entry.bodies_kept = not had_bodies
    return entry


def pack_heads(entry: Entry) -> bytes:
    """Return the headers of both messages as bytes."""
    return marshal.dumps((entry.request.headers, entry.response_headers), _FORMAT)
