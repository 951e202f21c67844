"""Spans by OTLP/HTTP in JSON: what has ended since the last push, at intervals.

Source: https://opentelemetry.io/docs/specs/otlp/ (JSON encoding: ids are hexadecimal texts).
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

import aiohttp

from reference_gateway.spans import Spans

_PATIENCE = aiohttp.ClientTimeout(total=5.0)


class SpanPush:
    """Pushes the spans of one gateway; those of a push that fails are lost, as traces may be."""

    def __init__(self, session: aiohttp.ClientSession, spans: Spans, endpoint: str, every_s: float) -> None:
        self.session = session
        self.spans = spans
        self.url = f"{endpoint}/v1/traces"
        self.every_s = every_s

    async def run(self) -> None:
        """Push until cancelled."""
        while True:
            with suppress(aiohttp.ClientError, OSError, TimeoutError):
                await self.push()
            await asyncio.sleep(self.every_s)

    async def push(self) -> None:
        """Push once, if there is something. Raises ClientError, OSError and TimeoutError."""
        spans = self.spans.taken()
        if not spans:
            return
        body = json.dumps(self.document(spans)).encode()
        headers = {"Content-Type": "application/json"}
        async with self.session.post(self.url, data=body, headers=headers, timeout=_PATIENCE) as answer:
            await answer.read()

    def document(self, spans: list[dict[str, Any]]) -> dict[str, Any]:
        """Return spans as an ExportTraceServiceRequest."""
        service = {"key": "service.name", "value": {"stringValue": "reference-gateway"}}
        scope = {"scope": {"name": "reference_gateway"}, "spans": spans}
        return {"resourceSpans": [{"resource": {"attributes": [service]}, "scopeSpans": [scope]}]}
