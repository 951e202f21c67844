"""Metrics in Prometheus form. Labels hold types, clients and outcomes, never anything about a patient."""

from __future__ import annotations

from collections.abc import Collection

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from reference_gateway.ehr_request import EhrRequest
from reference_gateway.exchange import Exchange

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8)
_SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)


class Metrics:
    """All metrics of one gateway, in a registry of its own."""

    def __init__(self, known_clients: Collection[str], facility: str = "") -> None:
        self.registry = registry = CollectorRegistry()
        self._known_clients = frozenset(known_clients)
        self._facility = facility
        ProcessCollector(registry=registry)  # memory and open files, under the names that Prometheus recommends
        self.requests = Counter(
            "gateway_requests",
            "Consumer requests",
            ["type", "interaction", "status", "client", "facility"],
            registry=registry,
        )
        self.latency = Histogram(
            "gateway_request_seconds", "Time to answer", ["interaction"], buckets=_BUCKETS, registry=registry
        )
        self.authentication = Counter("gateway_authentication", "Tokens judged", ["result"], registry=registry)
        self.denials = Counter(
            "gateway_authorization_denials", "Requests refused by scope", ["type"], registry=registry
        )
        self.shed = Counter("gateway_shed", "Requests that gave way under overload", ["type"], registry=registry)
        self.throttled = Counter("gateway_throttled", "Requests refused by rate", ["client"], registry=registry)
        self.upstream = Counter(
            "gateway_upstream_attempts", "Attempts at the EHR", ["type", "outcome"], registry=registry
        )
        self.timeouts = Counter("gateway_upstream_timeouts", "Attempts that timed out", ["type"], registry=registry)
        self.repeats = Counter("gateway_upstream_repeats", "Attempts after the first", ["type"], registry=registry)
        self.writes = Counter("gateway_writes", "Writes, done or replayed", ["type", "outcome"], registry=registry)
        self.tokens = Counter("gateway_upstream_token_requests", "Calls for tokens", ["result"], registry=registry)
        self.schema_failures = Counter("gateway_schema_failures", "Broken EHR payloads", ["type"], registry=registry)
        self.wrong_patient = Counter("gateway_wrong_patient", "EHR answers about another patient", registry=registry)
        self.breaker_open = Gauge("gateway_breaker_open", "1 while a breaker is open", ["type"], registry=registry)
        self.in_flight = Gauge("gateway_requests_in_flight", "Requests being served", registry=registry)
        self.queue = Gauge("gateway_upstream_queue", "Calls waiting for a free connection", registry=registry)
        self.accepted = Gauge("gateway_accepted_work", "Accepted work by state", ["state"], registry=registry)
        self.payload = Histogram("gateway_payload_bytes", "Size of delivered bodies", buckets=_SIZES, registry=registry)
        self.unmapped = Counter("gateway_unmapped_codes", "Codes without a mapping", ["type"], registry=registry)
        self.cache_hits = Counter("gateway_cache_hits", "Calls at the EHR saved", ["cache"], registry=registry)
        self.stale = Counter("gateway_stale_answers", "Kept answers used while the EHR is down", registry=registry)
        self.audit_failures = Counter("gateway_audit_failures", "Records that could not be written", registry=registry)

    def served(self, exchange: Exchange, status: int, seconds: float) -> None:
        """Count one answered request."""
        target = exchange.target
        self.requests.labels(
            target.resource_type or "none",
            target.interaction,
            str(status),
            self.client(exchange.client_id),
            self._facility,
        ).inc()
        self.latency.labels(target.interaction).observe(seconds)
        if exchange.policy == "wrong-patient":
            self.wrong_patient.inc()

    def client(self, client_id: str) -> str:
        """Return the label of a client: its id when it is listed, so that nobody can fill the registry."""
        return client_id if client_id in self._known_clients or client_id == "-" else "other"

    def attempted(self, request: EhrRequest, outcome: str) -> None:
        """Count one attempt at the EHR."""
        self.upstream.labels(request.resource_type, outcome).inc()
        if outcome == "timeout":
            self.timeouts.labels(request.resource_type).inc()

    def repeated(self, request: EhrRequest) -> None:
        """Count one attempt at the EHR that is not the first of its request."""
        self.repeats.labels(request.resource_type).inc()

    def wrote(self, resource_type: str, replayed: bool) -> None:
        """Count one write that is done; a replay is one that had been done before."""
        self.writes.labels(resource_type, "replayed" if replayed else "completed").inc()

    def breaker_moved(self, resource_type: str, is_open: bool) -> None:
        """Note that a breaker opened or closed."""
        self.breaker_open.labels(resource_type).set(int(is_open))

    def text(self) -> bytes:
        """Return all metrics in the text format."""
        return generate_latest(self.registry)
