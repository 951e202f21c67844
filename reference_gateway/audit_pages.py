"""The audit trail by HTTP, for who holds its key: records as JSON lines, and as FHIR AuditEvents in a searchset.

Pages are oldest first and lead on by rel=next (RFC 8288, FHIR R4 Bundle.link); a page is full before the next begins.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from reference_gateway.audit_events import AuditEvents
from reference_gateway.exchange import FHIR_JSON, Answer, ConsumerRequest
from reference_gateway.json_text import write
from reference_gateway.refusal import Refusal, invalid

RECORDS = "/audit/records"
EVENTS = "/audit/AuditEvent"
PAGE = 500
_LINES = "application/x-ndjson; charset=utf-8"


class AuditPages:
    """Serves pages of one trail."""

    def __init__(self, trail: Path, key: str, events: AuditEvents) -> None:
        self.trail = trail
        self.key = key
        self.events = events

    def find(self, request: ConsumerRequest) -> Callable[[], Awaitable[Answer]] | None:
        """Return what serves a request for the trail, None when it is for something else or nobody has a key."""
        if not self.key or request.method != "GET" or request.raw_path not in (RECORDS, EVENTS):
            return None
        return partial(self.page, request)

    async def page(self, request: ConsumerRequest) -> Answer:
        """Return the page that is asked for. Raises Refusal for who has not the key."""
        shown = request.headers.get("Authorization", "")
        if not hmac.compare_digest(shown.encode(), f"Bearer {self.key}".encode()):
            headers = {"WWW-Authenticate": "Bearer"}
            raise Refusal(401, "login", "the trail is for who holds its key", reason="no-audit-key", headers=headers)
        after = self.after(request.raw_query)
        lines = await asyncio.to_thread(self.lines, after)
        following = f"{request.raw_path}?after={after + PAGE}" if len(lines) == PAGE else None
        return self.bundle(lines, following) if request.raw_path == EVENTS else self.records(lines, following)

    def after(self, raw_query: str) -> int:
        """Return how many records are left out. Raises Refusal."""
        text = parse_qs(raw_query).get("after", ["0"])[0]
        if not text.isdecimal():
            raise invalid("after is not a number of records")
        return int(text)

    def lines(self, after: int) -> list[bytes]:
        """Return one page's whole lines. Raises OSError."""
        with self.trail.open("rb") as file:
            return [line for line in islice(file, after, after + PAGE) if line.endswith(b"\n")]

    def records(self, lines: list[bytes], following: str | None) -> Answer:
        """Return records as JSON lines."""
        link = {"Link": f'<{following}>; rel="next"'} if following else {}
        return Answer(200, b"".join(lines), {"Content-Type": _LINES, **link})

    def bundle(self, lines: list[bytes], following: str | None) -> Answer:
        """Return records as AuditEvents in a searchset."""
        bundle: dict[str, Any] = {
            "resourceType": "Bundle",
            "type": "searchset",
            "link": [{"relation": "next", "url": following}] if following else [],
            "entry": [{"resource": self.events.event(json.loads(line))} for line in lines],
        }
        return Answer(200, write({name: value for name, value in bundle.items() if value}), {"Content-Type": FHIR_JSON})
