"""Readiness: can requests be served now? It takes the issuer's keys, an EHR token, the EHR, and the audit trail."""

from __future__ import annotations

import aiohttp
from yarl import URL

from reference_gateway.audit import AuditTrail
from reference_gateway.clock import Clock
from reference_gateway.ehr_request import EhrFailure
from reference_gateway.ehr_tokens import EhrTokens
from reference_gateway.issuer_keys import IssuerKeys

_PROBE_TIMEOUT = aiohttp.ClientTimeout(total=1.0)
_PATIENCE_S = 1.0
_KEPT_S = 0.5


class Health:
    """Judges readiness; a judgement is kept for half a second."""

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        ehr_base_url: str,
        keys: IssuerKeys,
        keys_stale_s: float,
        tokens: EhrTokens,
        audit: AuditTrail,
        clock: Clock,
    ) -> None:
        self._session = session
        self._probe = URL(f"{ehr_base_url}/metadata")
        self._keys = keys
        self._keys_stale_s = keys_stale_s
        self._tokens = tokens
        self._audit = audit
        self._clock = clock
        self._judged_at = float("-inf")
        self._missing: list[str] = []

    async def missing(self) -> list[str]:
        """Return what keeps the gateway from serving, [] when nothing does."""
        now = self._clock.monotonic()
        if now - self._judged_at >= _KEPT_S:
            self._judged_at = now
            self._missing = await self._judge()
        return self._missing

    async def _judge(self) -> list[str]:
        missing = []
        if self._keys.age() > self._keys_stale_s:
            missing.append("issuer-keys")
        if self._audit.broken:
            missing.append("audit-trail")
        try:
            await self._tokens.token(_PATIENCE_S)
        except EhrFailure:
            missing.append("ehr-token")
        if not await self._ehr_answers():
            missing.append("ehr")
        return missing

    async def _ehr_answers(self) -> bool:
        headers = {"Accept": "application/fhir+json"}
        try:
            async with self._session.get(self._probe, headers=headers, timeout=self.probe_timeout()) as response:
                return response.status == 200
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False

    def probe_timeout(self) -> aiohttp.ClientTimeout:
        """Return how long the EHR may take to answer the probe."""
        return _PROBE_TIMEOUT
