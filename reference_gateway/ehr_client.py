"""Calls to the EHR as the rest of the gateway makes them: token, slot, breaker, bounded repeats, one deadline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from reference_gateway.breaker import Breakers
from reference_gateway.clock import Clock
from reference_gateway.ehr_request import EhrFailure, EhrReply, EhrRequest
from reference_gateway.ehr_tokens import EhrTokens
from reference_gateway.ehr_transport import Transport
from reference_gateway.endpoint_limits import EndpointLimits
from reference_gateway.lanes import Lanes
from reference_gateway.retry import RetryPolicy, retry_after_s

Repeated = Callable[[EhrRequest], None]  # told before each attempt after the first
Observe = Callable[[EhrRequest, str], None]  # request, outcome of one attempt: "answered" or a failure's kind
_SHORTEST_ATTEMPT_S = 0.05


class Caller(Protocol):
    """Whatever carries a request to the EHR and brings its answer."""

    async def call(self, request: EhrRequest) -> EhrReply:
        """Return the EHR's answer. Raises EhrFailure."""


class EhrClient:
    """The client to the EHR."""

    def __init__(  # noqa: PLR0913 - its parts, each replaceable on its own
        self,
        *,
        transport: Transport,
        tokens: EhrTokens,
        breakers: Breakers,
        lanes: Lanes,
        endpoints: EndpointLimits,
        retries: RetryPolicy,
        clock: Clock,
        attempt_timeout_s: float,
        observe: Observe,
        repeated: Repeated,
    ) -> None:
        self.transport = transport
        self.tokens = tokens
        self.breakers = breakers
        self.lanes = lanes
        self.endpoints = endpoints
        self.retries = retries
        self.clock = clock
        self.attempt_timeout_s = attempt_timeout_s
        self.observe = observe
        self.repeated = repeated

    async def call(self, request: EhrRequest) -> EhrReply:
        """Return the EHR's answer of a status below 500, 401 and 429 left out. Raises EhrFailure for all else."""
        probe = self.breakers.enter(request.resource_type)
        try:
            reply = await self._attempts(request, only_one=probe)
        except EhrFailure as failure:
            self.breakers.failed(request.resource_type, failure)
            raise
        except BaseException:
            self.breakers.failed(request.resource_type, EhrFailure("cancelled", reached=True))
            raise
        self.breakers.succeeded(request.resource_type)
        return reply

    async def _attempts(self, request: EhrRequest, *, only_one: bool) -> EhrReply:
        attempt = rejections = 0
        while True:
            attempt += 1
            if attempt > 1:
                self.repeated(request)
            try:
                return await self.attempt(request)
            except EhrFailure as failure:
                if failure.kind == "rejected" and self.renewed_repeat(request, rejections):
                    rejections += 1
                    continue
                remaining = request.deadline.remaining()
                wait = self.retries.wait_before_next(request, failure, attempt, remaining)
                if only_one or wait is None:
                    raise
                await self.clock.sleep(wait)

    def renewed_repeat(self, request: EhrRequest, rejections: int) -> bool:
        """Tell whether a request refused with 401 is sent once more with a renewed token."""
        return request.safe and rejections == 0

    async def attempt(self, request: EhrRequest) -> EhrReply:
        """Send one attempt and judge its status. Raises EhrFailure."""
        self.endpoints.take(request)
        async with self.lanes.slot(request.lane, request.deadline.remaining()):
            token = await self.tokens.token(request.deadline.remaining())
            timeout_s = self.timeout_s(request)
            if timeout_s < _SHORTEST_ATTEMPT_S:
                raise EhrFailure("timeout", reached=False)
            try:
                reply = await self.transport.send(request, token, timeout_s)
                self.judge(reply, token)
            except EhrFailure as failure:
                self.observe(request, failure.kind)
                raise
        self.observe(request, "answered")
        return reply

    def timeout_s(self, request: EhrRequest) -> float:
        """Return the time one attempt may take; a write gets all the time left, because it is sent only once."""
        remaining = request.deadline.remaining()
        return min(self.attempt_timeout_s, remaining) if request.safe else remaining

    def judge(self, reply: EhrReply, token: str) -> None:
        """Raise EhrFailure for statuses that are no answer to the consumer's question."""
        if reply.status == 401:
            self.tokens.rejected(token)
            raise EhrFailure("rejected", reached=False, status=401)
        self.tokens.accepted(token)
        wait = retry_after_s(reply.headers.get("retry-after"), reply.headers.get("date"), self.clock.wall())
        if reply.status in (429, 503):
            raise EhrFailure("overloaded", reached=False, status=reply.status, retry_after_s=wait)
        if reply.status == 504:
            raise EhrFailure("timeout", reached=True, status=504)
        if reply.status >= 500:
            raise EhrFailure("error", reached=True, status=reply.status, retry_after_s=wait)
