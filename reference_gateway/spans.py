"""Spans: what one consumer request and each attempt at the EHR took, in the form of OTLP/HTTP in JSON.

Only traces that the consumer wants recorded are. Names and attributes come from fixed lists: method, type, status.
Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/, W3C Trace Context section 3.2.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from reference_gateway.clock import Clock
from reference_gateway.ehr_request import EhrFailure, EhrReply, EhrRequest
from reference_gateway.ehr_transport import Transport
from reference_gateway.exchange import Exchange

Json = dict[str, Any]
MOST_WAITING = 2048  # spans; later ones are let go until these are sent
SERVER, CLIENT = 2, 3
_ERROR = {"status": {"code": 2}}
_SAMPLED = 1
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})", re.ASCII)
_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_NANOSECONDS = 1_000_000_000


class Spans:
    """Makes spans where they are `wanted`, and holds them until they are sent."""

    def __init__(self, clock: Clock, random_hex: Callable[[int], str], *, wanted: bool) -> None:
        self.clock = clock
        self.wanted = wanted
        self._random_hex = random_hex  # bytes wanted -> hex text
        self._waiting: deque[Json] = deque()

    def records(self, traceparent: str) -> bool:
        """Tell whether spans of this trace are kept."""
        match = _TRACEPARENT.fullmatch(traceparent) if self.wanted else None
        return match is not None and bool(int(match[3], 16) & _SAMPLED)

    def served(self, exchange: Exchange, status: int) -> None:
        """Note an answered request."""
        if self.records(exchange.traceparent):
            seconds = self.clock.monotonic() - exchange.started
            facts = self.of_request(exchange) | {"http.response.status_code": str(status)}
            span = self.span(self.request_name(exchange), SERVER, exchange.traceparent, seconds, facts)
            self.add(span | _parent(exchange.request.header("traceparent")) | (_ERROR if status >= 500 else {}))

    def attempted(self, request: EhrRequest, parent: str, seconds: float, outcome: str) -> None:
        """Note an attempt at the EHR; `outcome` is its status or the kind of its failure."""
        facts = self.of_attempt(request) | {"http.response.status_code": outcome}
        if not outcome.isdigit():
            facts = self.of_attempt(request) | {"error.type": outcome}
        span = self.span(self.attempt_name(request), CLIENT, request.traceparent, seconds, facts)
        self.add(span | _parent(parent) | (_ERROR if not outcome.isdigit() or outcome >= "500" else {}))

    def of_request(self, exchange: Exchange) -> dict[str, str]:
        """Return the attributes of a request."""
        return {
            "http.request.method": _method(exchange.request.method),
            "fhir.resource_type": exchange.target.resource_type or "none",
            "fhir.interaction": exchange.target.interaction,
        }

    def of_attempt(self, request: EhrRequest) -> dict[str, str]:
        """Return the attributes of an attempt at the EHR."""
        return {"http.request.method": _method(request.method), "fhir.resource_type": request.resource_type}

    def request_name(self, exchange: Exchange) -> str:
        """Return the name of a request: method and route, without the id."""
        target = exchange.target
        route = (target.resource_type or target.interaction) + ("/{id}" if target.resource_id else "")
        return f"{_method(exchange.request.method)} {route}"

    def attempt_name(self, request: EhrRequest) -> str:
        """Return the name of an attempt: method and route, without the id."""
        route = request.resource_type + ("/{id}" if "/" in request.path else "")
        return f"{_method(request.method)} {route}"

    def span(self, name: str, kind: int, traceparent: str, seconds: float, facts: dict[str, str]) -> Json:
        """Return a span that ends now."""
        _, trace, own, _ = traceparent.split("-")
        end = self.clock.wall()
        return {
            "traceId": trace,
            "spanId": own,
            "name": name,
            "kind": kind,
            "startTimeUnixNano": str(int((end - seconds) * _NANOSECONDS)),
            "endTimeUnixNano": str(int(end * _NANOSECONDS)),
            "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in facts.items()],
        }

    def below(self, traceparent: str) -> str:
        """Return the trace context of a span below another one."""
        version, trace, _, flags = traceparent.split("-")
        return f"{version}-{trace}-{self._random_hex(8)}-{flags}"

    def add(self, span: Json) -> None:
        """Hold a span until it is sent, if there is room."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(span)

    def taken(self) -> list[Json]:
        """Return the spans that wait to be sent, and hold them no longer."""
        spans = list(self._waiting)
        self._waiting.clear()
        return spans


class TracedTransport:
    """Sends each attempt with a span of its own."""

    def __init__(self, inner: Transport, spans: Spans) -> None:
        self._inner = inner
        self._spans = spans

    async def send(self, request: EhrRequest, token: str, timeout_s: float) -> EhrReply:
        """Return the answer, whatever its status. Raises EhrFailure."""
        if not self._spans.records(request.traceparent):
            return await self._inner.send(request, token, timeout_s)
        clock = self._spans.clock
        started, parent = clock.monotonic(), request.traceparent
        request = replace(request, traceparent=self._spans.below(parent))
        outcome = "cancelled"
        try:
            reply = await self._inner.send(request, token, timeout_s)
            outcome = str(reply.status)
        except EhrFailure as failure:
            outcome = failure.kind
            raise
        finally:
            self._spans.attempted(request, parent, clock.monotonic() - started, outcome)
        return reply


def _method(method: str) -> str:
    return method if method in _METHODS else "_OTHER"


def _parent(traceparent: str) -> Json:
    match = _TRACEPARENT.fullmatch(traceparent)
    return {"parentSpanId": match[2]} if match else {}
