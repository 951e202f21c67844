"""The journal of exchanges: filtered, followed by long polls or as server-sent events."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mock_ehr.control.console import Console
from mock_ehr.control.follow import Wanted, follow, newest, read
from mock_ehr.control.refusal import RefusedError
from mock_ehr.control.route import Call, Route
from mock_ehr.control.shape import Schema, flag, number, record, rows, text, whole
from mock_ehr.facts import INTERACTIONS, KINDS
from mock_ehr.message import Answer

OUTCOMES = ("open", "answered", "dropped", "aborted")
LONGEST_WAIT_S = 60
EVENT_WAIT_S = 25.0
RETRY_MS = 50
PER_EVENT_STREAM = 500

_STATUS = re.compile(r"[1-5](xx|[0-9][0-9])|none")
_POSITION = re.compile(r"([0-9]{1,15})~([0-9a-f:.-]{1,400})")

FILTERS: Mapping[str, Schema] = {
    "since": whole("only entries with a greater seq"),
    "last": whole("only those among the newest so many", maximum=1_000_000),
    "limit": whole("at most so many; 0 is no limit"),
    "patient": text("patient id that the request is about"),
    "kind": {"type": "string", "enum": list(KINDS), "description": "kind of request"},
    "type": text("resource type"),
    "client": text("client id"),
    "status": text("status like 404, class like 4xx, or none"),
    "path": text("glob over the path, like */Patient/*"),
    "fault": text("name of a fault that was applied"),
    "committed": flag("whether a write took effect"),
    "interaction": {"type": "string", "enum": list(INTERACTIONS), "description": "what was asked for"},
    "method": text("HTTP method"),
    "outcome": {"type": "string", "enum": list(OUTCOMES), "description": "how it ended; open: not yet"},
}
_WAIT = {
    "wait_s": number("wait so long until the version differs", minimum=0, maximum=LONGEST_WAIT_S),
    "version": text("version of the listing that the caller has"),
}


def wanted(console: Console, query: Mapping[str, Any]) -> Wanted:
    """Return which entries a query asks for. Raises RefusedError (400)."""
    chosen = {name: value for name, value in query.items() if name in FILTERS and name != "last"}
    status = chosen.get("status")
    if status is not None and not _STATUS.fullmatch(status):
        raise RefusedError(400, f"status is {status[:80]!r}", "a status like 404, a class like 4xx, or none")
    if "last" in query:
        chosen["since"] = max(chosen.get("since", 0), newest(console.state.journal) - query["last"])
    chosen["limit"] = chosen.get("limit") or None
    return Wanted(**chosen)


async def listing(console: Console, call: Call) -> Answer:
    """Return the entries that fit, at once or when there is something new."""
    journal, asked = console.state.journal, wanted(console, call.query)
    wait_s = float(call.query.get("wait_s", 0))
    if wait_s:
        found = await follow(journal, asked, wait_s, call.query.get("version", ""))
    else:
        found = await read(journal, asked)
    return Answer(200, found.json(journal.dropped), "application/json; charset=utf-8")


async def events(console: Console, call: Call) -> Answer:
    """Return what is new as server-sent events.

    The stream ends when it said something and the client comes back at once with Last-Event-ID, as the standard has
    it; so a client that is gone holds nothing open.
    """
    query, version = dict(call.query), ""
    position = _POSITION.fullmatch(call.headers.get("last-event-id", ""))
    if position:
        query = {name: value for name, value in query.items() if name != "last"} | {"since": int(position[1])}
        version = position[2]
    query.setdefault("limit", PER_EVENT_STREAM)
    found = await follow(console.state.journal, wanted(console, query), EVENT_WAIT_S, version)
    id_ = f"{found.following}~{found.version}".encode()
    lines = [b"retry: %d\n" % RETRY_MS, *(b"event: exchange\ndata: %s\n\n" % row for row in found.rows)]
    lines.append(b"id: %s\nevent: position\ndata: %d\n\n" % (id_, found.following))
    return Answer(200, b"".join(lines), "text/event-stream; charset=utf-8")


_ENTRY: Schema = {
    "type": "object",
    "description": "one exchange",
    "properties": {
        "seq": whole("number, never used twice"),
        "kind": FILTERS["kind"],
        "started": number("epoch seconds, real clock"),
        "duration_ms": {"type": ["number", "null"]},
        "method": {"type": "string"},
        "path": {"type": "string"},
        "query": {"type": "string"},
        "status": {"type": ["integer", "null"], "description": "null while open, and when no answer left"},
        "interaction": FILTERS["interaction"],
        "outcome": FILTERS["outcome"],
        "committed": flag("a write took effect"),
        "faults": rows({"type": "string"}),
        "patients": rows({"type": "string"}),
    },
    "required": ["seq", "kind", "started", "method", "path", "status", "interaction", "outcome", "committed", "faults"],
}
_LISTING = record(
    {
        "entries": rows(_ENTRY),
        "next": whole("ask with it as since; stays in front of entries that are open"),
        "dropped": whole("entries that the journal had to forget"),
        "version": text("of this listing"),
    },
    "entries", "next", "dropped", "version",
)  # fmt: skip
ROUTES = (
    Route(
        "GET", "/journal", "readJournal",
        "Read the exchanges that fit; with wait_s, when the listing differs from version",
        listing,
        query={**FILTERS, **_WAIT},
        gives=_LISTING,
    ),
    Route(
        "GET", "/journal/events", "followJournal",
        "Follow the exchanges that fit as server-sent events; reconnect with Last-Event-ID",
        events,
        query=FILTERS,
        gives={"type": "string"},
        gives_media="text/event-stream",
    ),
)  # fmt: skip
