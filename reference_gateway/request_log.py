"""The general log: JSON lines on stderr without patient data. Patients appear as pseudonyms, the same all through."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO

from reference_gateway.exchange import Exchange


class RequestLog:
    """Writes one line per request and per event."""

    def __init__(self, stream: TextIO, pseudonym_key: bytes, wall: Callable[[], float]) -> None:
        self._stream = stream
        self._key = pseudonym_key
        self._wall = wall

    def served(self, exchange: Exchange, status: int, seconds: float) -> None:
        """Log one answered request."""
        target = exchange.target
        self.event(
            "request",
            correlation_id=exchange.correlation_id,
            client_id=exchange.client_id,
            interaction=target.interaction,
            resource_type=target.resource_type or "none",
            patient=self.pseudonym(exchange.patient),
            status=status,
            policy=exchange.policy,
            latency_ms=round(seconds * 1000, 1),
        )

    def event(self, event: str, **fields: str | int | float | None) -> None:
        """Log an event; callers pass nothing that names or describes a patient."""
        time = datetime.fromtimestamp(self._wall(), UTC).isoformat(timespec="milliseconds")
        line = {"time": time.replace("+00:00", "Z"), "event": event, **fields}
        self._stream.write(json.dumps(line, separators=(",", ":")) + "\n")
        self._stream.flush()

    def pseudonym(self, patient: str | None) -> str | None:
        """Return the pseudonym of a patient id, None for None."""
        if patient is None:
            return None
        return "p-" + hmac.new(self._key, patient.encode(), hashlib.sha256).hexdigest()[:16]


class QuietHandler(logging.Handler):
    """Passes on what libraries log by logger, level and kind of exception only: their texts may quote requests."""

    def __init__(self, log: RequestLog) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Log that something was logged."""
        exception = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        self._log.event("library", logger=record.name, level=record.levelname, exception=exception)
