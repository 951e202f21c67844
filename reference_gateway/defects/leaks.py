"""Defects in what the log is told of credentials (PHI-01), and traces of patients (PHI-02)."""

from __future__ import annotations

import json
import sys
from urllib.parse import urlencode

from reference_gateway.authentication import Authentication
from reference_gateway.defects.defect import swap
from reference_gateway.ehr_request import EhrRequest
from reference_gateway.exchange import Caller, ConsumerRequest
from reference_gateway.refusal import Refusal
from reference_gateway.spans import Spans


class LogsRefusedTokens(Authentication):
    """Writes a token that it refuses into the log, to find out later what was wrong with it."""

    async def caller(self, request: ConsumerRequest) -> Caller:
        """Return who asks. Raises Refusal."""
        try:
            return await super().caller(request)
        except Refusal as refusal:
            told = {"event": "refused", "why": refusal.reason, "authorization": request.header("Authorization")}
            sys.stderr.write(f"{json.dumps(told)}\n")
            sys.stderr.flush()
            raise


class NamesPatientsInSpans(Spans):
    """Writes the address with its parameters into spans, as instrumentation does that nobody has configured."""

    def of_attempt(self, request: EhrRequest) -> dict[str, str]:
        """Return the attributes of an attempt at the EHR."""
        url = f"{request.path}?{urlencode(request.query)}" if request.query else request.path
        return super().of_attempt(request) | {"url.full": url}


DEFECTS = (
    swap("logs-refused-tokens", "PHI-01", "logs tokens that it refuses", authentication=LogsRefusedTokens),
    swap("names-patients-in-spans", "PHI-02", "writes what was searched for into spans", spans=NamesPatientsInSpans),
)
