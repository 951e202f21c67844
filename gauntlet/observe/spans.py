"""OpenTelemetry spans as they arrive by OTLP/HTTP in JSON: kept word for word while somebody watches, within a bound.

Source: OTLP 1.x, JSON encoding (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): trace ids are
hexadecimal texts in any case.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson

MOST_BYTES = 64 * 1024 * 1024
_FLAG_SAMPLED = "01"


class Spans:
    """What arrived since somebody began to watch; what arrives while nobody does is let go."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.dropped = 0  # pushes that exceeded the bound since the watch began
        self.refused = ""  # why the last push was refused; empty: it was not
        self._most_bytes = most_bytes
        self._arrived = threading.Condition()
        self._watched = False
        self._bodies: list[bytes] = []
        self._size = 0
        self._traces: set[str] = set()

    def take(self, body: bytes) -> None:
        """Take one push. Raises ValueError, KeyError, TypeError, AttributeError for what is none."""
        traces = set(traces_of(orjson.loads(body)))
        with self._arrived:
            if not self._watched:
                return
            if self._size + len(body) > self._most_bytes:
                self.dropped += 1
            else:
                self._bodies.append(body)
                self._size += len(body)
                self._traces |= traces
            self._arrived.notify_all()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Keep what arrives from here on, and let go of it at the end."""
        self._begin(True)
        try:
            yield
        finally:
            self._begin(False)

    def bodies(self) -> list[bytes]:
        """Return the pushes that were kept."""
        with self._arrived:
            return list(self._bodies)

    def missing(self, traces: Sequence[str], within_s: float) -> list[str]:
        """Return those of `traces` of which no span has arrived, after a wait of at most `within_s` for all of them."""
        deadline = time.monotonic() + within_s
        with self._arrived:
            while (lacking := [trace for trace in traces if trace not in self._traces]) and not self.dropped:
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                self._arrived.wait(left)
            return lacking

    def _begin(self, watched: bool) -> None:
        with self._arrived:
            self._watched, self._bodies, self._size, self._traces, self.dropped = watched, [], 0, set(), 0


def traces_of(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the trace id of every span of an ExportTraceServiceRequest, in lower case. Raises what `take` says."""
    for of_resource in document["resourceSpans"]:
        for of_scope in of_resource.get("scopeSpans", []):
            for span in of_scope.get("spans", []):
                yield str(span["traceId"]).lower()


class Traces:
    """Traces that the harness begins, one for each request, and asks to be recorded."""

    def __init__(self, random_hex: Callable[[int], str] = secrets.token_hex) -> None:
        self._random_hex = random_hex  # bytes wanted -> hex text
        self.begun: dict[str, str] = {}  # what for -> trace id

    def header(self, what: str) -> dict[str, str]:
        """Return the header of a request that begins a trace (W3C Trace Context, section 3.2; flag: sampled)."""
        trace = self.begun[what] = self._random_hex(16)
        return {"traceparent": f"00-{trace}-{self._random_hex(8)}-{_FLAG_SAMPLED}"}
