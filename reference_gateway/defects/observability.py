"""Defects in what operators see (OBS)."""

from __future__ import annotations

import aiohttp

from reference_gateway.correlation import Correlation
from reference_gateway.defects.defect import swap
from reference_gateway.documents import Documents
from reference_gateway.exchange import Answer, ConsumerRequest
from reference_gateway.health import Health


class AlwaysReady(Health):
    """Calls itself ready whatever is missing."""

    async def missing(self) -> list[str]:
        """Return that nothing is missing."""
        await super().missing()
        return []


class HealthWaitsForEhr(Health):
    """Waits for the EHR as long as it takes."""

    def probe_timeout(self) -> aiohttp.ClientTimeout:
        """Return no limit."""
        return aiohttp.ClientTimeout(total=None)


class DeadWithoutEhr(Documents):
    """Calls itself dead when the EHR is."""

    async def live(self) -> Answer:
        """Return what readiness says."""
        return await self.ready()


class BreaksTrace(Correlation):
    """Starts a trace of its own for every call."""

    def traceparent(self, request: ConsumerRequest) -> str:  # noqa: ARG002 - the honest signature
        """Return a new trace."""
        return f"00-{self._random_hex(16)}-{self._random_hex(8)}-01"


class PassesMalformedTrace(Correlation):
    """Passes on whatever came as trace context."""

    def traceparent(self, request: ConsumerRequest) -> str:
        """Return the consumer's header, right or wrong."""
        return request.header("traceparent") or super().traceparent(request)


DEFECTS = (
    swap("always-ready", "OBS-04", "is ready whatever is missing", health=AlwaysReady),
    swap("health-waits-for-ehr", "OBS-04", "health waits for the EHR", health=HealthWaitsForEhr),
    swap("dead-without-ehr", "OBS-04", "is not alive without the EHR", documents=DeadWithoutEhr),
    swap("breaks-trace", "OBS-05", "starts a new trace at the EHR", correlation=BreaksTrace),
    swap("passes-malformed-trace", "OBS-05", "passes on any traceparent", correlation=PassesMalformedTrace),
)
