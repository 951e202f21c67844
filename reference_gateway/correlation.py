"""Correlation ids and trace context: one id follows a request through every attempt and record."""

from __future__ import annotations

import re
from collections.abc import Callable

from reference_gateway.exchange import ConsumerRequest

HEADER = "X-Correlation-Id"
_WELL_FORMED = re.compile(r"[A-Za-z0-9._:~\-]{1,128}", re.ASCII)
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})", re.ASCII)


class Correlation:
    """Takes over a consumer's ids when they are well formed and makes them otherwise."""

    def __init__(self, random_hex: Callable[[int], str]) -> None:
        self._random_hex = random_hex  # bytes wanted -> hex text

    def identify(self, request: ConsumerRequest) -> str:
        """Return the correlation id of a request: the consumer's, or a new one when absent, doubled or malformed."""
        sent = request.headers.getall(HEADER, [])
        if len(sent) == 1 and _WELL_FORMED.fullmatch(sent[0]):
            return sent[0]
        return self._random_hex(16)

    def traceparent(self, request: ConsumerRequest) -> str:
        """Return the traceparent to send upstream: the consumer's trace with a new span id, or a new, unsampled one.

        Source: W3C Trace Context, section 3.2 (an all-zero id is invalid, then a new trace is started).
        """
        match = _TRACEPARENT.fullmatch(request.header("traceparent"))
        if match and match[1].strip("0") and match[2].strip("0"):
            return f"00-{match[1]}-{self._random_hex(8)}-{match[3]}"
        return f"00-{self._random_hex(16)}-{self._random_hex(8)}-00"
