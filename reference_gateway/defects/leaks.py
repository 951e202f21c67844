"""Defects in what the log is told of credentials (PHI-01)."""

from __future__ import annotations

import json
import sys

from reference_gateway.authentication import Authentication
from reference_gateway.defects.defect import swap
from reference_gateway.exchange import Caller, ConsumerRequest
from reference_gateway.refusal import Refusal


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


DEFECTS = (swap("logs-refused-tokens", "PHI-01", "logs tokens that it refuses", authentication=LogsRefusedTokens),)
