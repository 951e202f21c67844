"""The gateway: one request through all its steps, each a component of its own.

limits -> caller -> rate -> what it is about -> handler (scope, validation, EHR) -> audit -> answer
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from reference_gateway.audit import AuditEvent, AuditTrail, AuditUnavailable
from reference_gateway.authentication import Authentication
from reference_gateway.clock import Clock, Deadline
from reference_gateway.consent_guard import ConsentGuard
from reference_gateway.correlation import HEADER as CORRELATION_HEADER
from reference_gateway.correlation import Correlation
from reference_gateway.documents import Documents
from reference_gateway.ehr_failures import FailureMapping
from reference_gateway.ehr_request import EhrFailure
from reference_gateway.error_answers import ErrorAnswers, internal_error
from reference_gateway.exchange import Answer, ConsumerRequest, Exchange
from reference_gateway.metrics import Metrics
from reference_gateway.rate_limit_fields import RateLimitFields
from reference_gateway.refusal import Refusal, invalid, unavailable
from reference_gateway.request_limits import RequestLimits
from reference_gateway.request_log import RequestLog
from reference_gateway.rollout import HEADER as ROUTE_HEADER
from reference_gateway.rollout import Rollout
from reference_gateway.routes import Routes
from reference_gateway.shedding import Shedding
from reference_gateway.spans import Spans
from reference_gateway.throttle import Throttle

_RESERVE_S = 0.15  # of the latency budget: for everything but waiting


class Handler(Protocol):
    """Serves one kind of interaction."""

    async def serve(self, exchange: Exchange) -> Answer:
        """Return the answer. Raises Refusal and EhrFailure."""


@dataclass(frozen=True)
class Steps:
    """The components a request goes through."""

    correlation: Correlation
    routes: Routes
    documents: Documents
    limits: RequestLimits
    rollout: Rollout
    authentication: Authentication
    consent: ConsentGuard
    throttle: Throttle
    rate_limits: RateLimitFields
    shedding: Shedding
    handlers: Mapping[str, Handler]
    failures: FailureMapping
    errors: ErrorAnswers
    audit: AuditTrail
    metrics: Metrics
    spans: Spans
    log: RequestLog
    clock: Clock
    latency_budget_s: float


class Gateway:
    """Answers consumers."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps

    async def answer(self, request: ConsumerRequest) -> Answer:
        """Return the answer to a request, whatever happens."""
        exchange = self.open(request)
        document = self.steps.documents.find(request)
        if document is not None:
            return self.dressed(exchange, await self.guarded(exchange, self.public(exchange, document)))
        self.steps.metrics.in_flight.inc()
        try:
            answer = self.recorded(exchange, await self.guarded(exchange, self.served(exchange)))
            self.steps.spans.served(exchange, answer.status)
            return self.dressed(exchange, answer)
        finally:
            self.steps.metrics.in_flight.dec()

    def open(self, request: ConsumerRequest) -> Exchange:
        """Return the exchange of a request that has just come in."""
        clock = self.steps.clock
        budget_s = self.steps.latency_budget_s - _RESERVE_S
        return Exchange(
            request=request,
            target=self.steps.routes.resolve(request.method, request.raw_path),
            correlation_id=self.steps.correlation.identify(request),
            traceparent=self.steps.correlation.traceparent(request),
            started=clock.monotonic(),
            deadline=Deadline.after(clock, budget_s),
            budget_s=budget_s,
        )

    async def served(self, exchange: Exchange) -> Answer:
        """Take a request through all steps. Raises Refusal and EhrFailure."""
        if self.steps.audit.broken:
            raise audit_unavailable()
        self.steps.limits.check_head(exchange.request)
        await self.identify(exchange)
        self.admit(exchange)
        return await self.handled(exchange)

    async def identify(self, exchange: Exchange) -> None:
        """Find out who asks. Raises Refusal."""
        judged = self.steps.metrics.authentication
        try:
            exchange.caller = await self.steps.authentication.caller(exchange.request)
        except Refusal as refusal:
            judged.labels(refusal.reason).inc()
            raise
        judged.labels("accepted").inc()
        exchange.route = self.steps.rollout.route(exchange.client_id)

    def admit(self, exchange: Exchange) -> None:
        """Take one request from the caller's rate and learn its lane. Raises Refusal 429."""
        exchange.lane = self.steps.throttle.admit(exchange.client_id).lane

    async def handled(self, exchange: Exchange) -> Answer:
        """Serve what the request is about. Raises Refusal and EhrFailure."""
        if exchange.target.refusal is not None:
            raise exchange.target.refusal
        self.steps.rollout.check(exchange.target)
        self.steps.shedding.check(exchange.target)
        self.steps.limits.check_accept(exchange.request)
        self.steps.consent.identify(exchange)
        return await self.steps.handlers[exchange.target.interaction].serve(exchange)

    async def serve_entry(self, batch: Exchange, request: ConsumerRequest) -> Answer:
        """Serve one request of a batch for the batch's caller: it counts, and is recorded, like any other."""
        exchange = replace(
            batch,
            request=request,
            target=self.steps.routes.resolve(request.method, request.raw_path),
            started=self.steps.clock.monotonic(),
            patient=None,
            policy="none",
            said={},
        )
        return self.recorded(exchange, await self.guarded(exchange, self.entry(exchange)))

    async def entry(self, exchange: Exchange) -> Answer:
        """Serve one request of a batch. Raises Refusal and EhrFailure."""
        if exchange.target.interaction == "batch":
            raise invalid("a batch within a batch is not served", code="not-supported")
        self.steps.limits.check_head(exchange.request)
        self.admit(exchange)
        return await self.handled(exchange)

    async def public(self, exchange: Exchange, document: Callable[[], Awaitable[Answer]]) -> Answer:
        """Serve a public document. Raises Refusal."""
        self.steps.limits.check_head(exchange.request)
        return await document()

    async def guarded(self, exchange: Exchange, serving: Awaitable[Answer]) -> Answer:
        """Return what `serving` returns, and an error answer for whatever it raises."""
        try:
            return await serving
        except Refusal as refusal:
            return self.refused(exchange, refusal)
        except EhrFailure as failure:
            return self.refused(exchange, self.steps.failures.refusal(failure, exchange.target.interaction))
        except Exception as error:  # noqa: BLE001 - the last resort: every request gets an answer
            self.steps.log.event("error", correlation_id=exchange.correlation_id, exception=type(error).__name__)
            return self.refused(exchange, internal_error())

    def refused(self, exchange: Exchange, refusal: Refusal) -> Answer:
        """Return the error answer of a refusal, and count it."""
        exchange.policy = refusal.reason
        target = exchange.target
        if refusal.reason == "insufficient-scope":
            self.steps.metrics.denials.labels(target.resource_type or "none").inc()
        if refusal.reason == "throttled":
            self.steps.metrics.throttled.labels(self.steps.metrics.client(exchange.client_id)).inc()
        return self.steps.errors.answer(refusal, exchange)

    def recorded(self, exchange: Exchange, answer: Answer) -> Answer:
        """Put the request on the audit trail before its answer leaves; without a record there is no answer but 503."""
        steps = self.steps
        seconds = steps.clock.monotonic() - exchange.started
        try:
            steps.audit.write(audit_event(exchange, answer.status, seconds))
        except AuditUnavailable:
            steps.metrics.audit_failures.inc()
            answer = self.refused(exchange, audit_unavailable())
        steps.metrics.served(exchange, answer.status, seconds)
        steps.log.served(exchange, answer.status, seconds)
        return answer

    def dressed(self, exchange: Exchange, answer: Answer) -> Answer:
        """Return the answer with the headers that every answer has."""
        headers = {**answer.headers, **self.common_headers(), CORRELATION_HEADER: exchange.correlation_id}
        if exchange.route:
            headers[ROUTE_HEADER] = exchange.route
        if exchange.stale_s and answer.status < 400:
            headers.update(self.marks(exchange))
        if exchange.caller is not None:
            headers.update(self.steps.rate_limits.of(self.steps.throttle.standing(exchange.client_id)))
        return Answer(answer.status, answer.body, headers)

    def marks(self, exchange: Exchange) -> Mapping[str, str]:
        """Return what says that an answer is an old one (RFC 9111 section 5.1; the codes are those of RFC 7234)."""
        stale = '110 - "Response is Stale", 111 - "Revalidation Failed"'
        return {"Age": str(math.ceil(max(exchange.stale_s))), "Warning": stale}

    def common_headers(self) -> Mapping[str, str]:
        """Return what every answer says: nothing is to be stored or guessed, and no version is named."""
        return COMMON_HEADERS


COMMON_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Server": "gateway",
}


def audit_event(exchange: Exchange, status: int, seconds: float) -> AuditEvent:
    """Return the audit record's content for an answered request."""
    caller, target = exchange.caller, exchange.target
    return AuditEvent(
        correlation_id=exchange.correlation_id,
        client_id=exchange.client_id,
        user=caller.user if caller else None,
        patient=exchange.patient or (caller.patient if caller else None),
        resource_type=target.resource_type,
        resource_id=target.resource_id,
        action=target.interaction,
        result="success" if status < 400 else "refused" if status < 500 else "failure",
        status=status,
        latency_ms=round(seconds * 1000, 3),
        policy=exchange.policy,
        purpose=exchange.purpose,
        reason=exchange.reason,
        token_id=caller.token_id if caller else None,
    )


def audit_unavailable() -> Refusal:
    """Return 503: nothing is served that cannot be recorded."""
    return unavailable("access cannot be recorded now, so nothing is served", 5, reason="audit-unavailable")
