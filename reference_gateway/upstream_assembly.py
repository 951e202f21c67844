"""Building the way to the EHR: HTTP clients, routes, and the client with its token source, breakers and lanes."""

from __future__ import annotations

import random
import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass

import aiohttp

from reference_gateway.audit import AuditTrail
from reference_gateway.clock import Clock
from reference_gateway.composition import Parts
from reference_gateway.ehr_client import EhrClient
from reference_gateway.ehr_token_endpoint import TokenEndpoint
from reference_gateway.ehr_tokens import EhrTokens
from reference_gateway.ehr_transport import Transport
from reference_gateway.grant_records import GrantRecords
from reference_gateway.metrics import Metrics
from reference_gateway.name_resolution import KEPT_S
from reference_gateway.request_log import RequestLog
from reference_gateway.rollout import RoutedTransport
from reference_gateway.settings import Settings
from reference_gateway.spans import TracedTransport


@dataclass(frozen=True)
class Sessions:
    """HTTP clients: to the EHR for reads and for writes, and for tokens, keys and health."""

    reading: aiohttp.ClientSession
    writing: aiohttp.ClientSession
    plain: aiohttp.ClientSession


class UpstreamAssembly:
    """Wires what reaches the EHR."""

    def __init__(self, settings: Settings, parts: Parts, clock: Clock) -> None:
        self.settings = settings
        self.parts = parts
        self.clock = clock
        self.randomness = random.Random()
        exports = settings.exports
        wanted = bool(exports.otlp_endpoint) and "traces" in exports.otlp_signals
        self.spans = parts.spans(clock, secrets.token_hex, wanted=wanted)

    async def sessions(self, stack: AsyncExitStack) -> Sessions:
        """Open the HTTP clients. aiohttp's own silent repeat on kept-alive connections is off: repeats are counted."""
        made, context = [], self.parts.upstream_context(self.settings.ehr_ca_file)
        hosts = self.settings.hosts_file
        for kept_alive in (True, False, True):
            connector = aiohttp.TCPConnector(
                limit=self.settings.ehr_concurrency + 8,
                force_close=not kept_alive,
                ttl_dns_cache=KEPT_S,
                ssl=context,
                resolver=self.parts.resolver(hosts) if hosts else None,
            )
            session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
                headers={"Accept-Encoding": "identity"},
            )
            session._retry_connection = False
            made.append(await stack.enter_async_context(session))
        return Sessions(*made)

    def transport(self, sessions: Sessions) -> Transport:
        """Build the wire to the EHR: one route, or two where a next one is set."""
        settings, parts = self.settings, self.parts
        stable = parts.transport(settings.ehr_base_url, sessions.reading, sessions.writing)
        if not settings.ehr_next_base_url:
            return stable
        return RoutedTransport(stable, parts.transport(settings.ehr_next_base_url, sessions.reading, sessions.writing))

    def ehr(self, sessions: Sessions, metrics: Metrics, audit: AuditTrail, log: RequestLog) -> EhrClient:
        """Build the client to the EHR with its token source, breakers, lanes and repeats."""
        settings, parts, clock = self.settings, self.parts, self.clock
        grants = GrantRecords(audit, metrics, log, settings.ehr_client_id)
        assert settings.ehr_key is not None  # noqa: S101 - the settings demand it in front of Epic
        key = parts.own_key(settings.ehr_key, settings.ehr_key_file)
        assertion = parts.assertion(settings.ehr_client_id, settings.ehr_token_url, key, clock, secrets.token_hex)
        endpoint = TokenEndpoint(sessions.plain, settings.ehr_token_url, assertion, clock, grants.asked)
        tokens = parts.ehr_tokens(endpoint.grant, clock, self.randomness)
        return self.ehr_client(self.transport(sessions), tokens, metrics)

    def ehr_client(self, transport: Transport, tokens: EhrTokens, metrics: Metrics) -> EhrClient:
        """Build the client over a wire, with breakers, lanes and repeats, all seen in the metrics."""
        settings, parts, clock = self.settings, self.parts, self.clock
        lanes = parts.lanes(settings.ehr_concurrency)
        metrics.queue.set_function(lambda: lanes.waiting)
        return parts.ehr_client(
            transport=TracedTransport(transport, self.spans) if self.spans.wanted else transport,
            tokens=tokens,
            breakers=parts.breakers(settings.breaker_failures, settings.breaker_open_s, clock, metrics.breaker_moved),
            lanes=lanes,
            endpoints=parts.endpoint_limits(settings.endpoint_limits, clock),
            retries=parts.retries(settings.max_attempts, self.randomness),
            clock=clock,
            attempt_timeout_s=settings.attempt_timeout_s,
            observe=metrics.attempted,
            repeated=metrics.repeated,
        )
