"""Defects in how failures of the EHR are met (RES)."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from typing import Any

from reference_gateway.breaker import Breakers
from reference_gateway.defects.defect import swap
from reference_gateway.ehr_client import EhrClient
from reference_gateway.ehr_failures import FailureMapping
from reference_gateway.ehr_request import EhrFailure, EhrReply, EhrRequest
from reference_gateway.ehr_transport import EhrTransport
from reference_gateway.exchange import Answer, Exchange
from reference_gateway.gateway import Gateway, Steps
from reference_gateway.refusal import Refusal
from reference_gateway.retry import BASE_DELAY_S, RetryPolicy


class IgnoresRetryAfter(RetryPolicy):
    """Comes back when it likes."""

    def asked_wait(self, failure: EhrFailure) -> float | None:  # noqa: ARG002 - the honest signature
        """Hear nothing."""
        return None


class LockstepBackoff(RetryPolicy):
    """Waits the same time always, like everybody else."""

    def backoff(self, attempt: int) -> float:  # noqa: ARG002 - the honest signature
        """Return the one wait."""
        return BASE_DELAY_S


class UnboundedRetries(RetryPolicy):
    """Repeats until time runs out."""

    def attempts_allowed(self) -> int:
        """Return more than anybody needs."""
        return 1_000


class RepeatsUnsafeWrites(RetryPolicy):
    """Repeats writes like reads."""

    def repeatable(self, request: EhrRequest, failure: EhrFailure) -> bool:  # noqa: ARG002 - the honest signature
        """Repeat."""
        return True


class GivesUpOnSafeRequests(RetryPolicy):
    """Takes the first broken connection for the last word."""

    def repeatable(self, request: EhrRequest, failure: EhrFailure) -> bool:
        """Repeat only what the EHR answered."""
        return failure.kind not in ("broken", "unreachable") and super().repeatable(request, failure)


class NoUpstreamTimeout(EhrTransport):
    """Waits for the EHR for ever."""

    def limit_s(self, timeout_s: float) -> float | None:  # noqa: ARG002 - the honest signature
        """Return no limit."""
        return None


class OneStatusForAllFailures(FailureMapping):
    """Reports every failure of the EHR in the same way."""

    def refusal(self, failure: EhrFailure, interaction: str = "read") -> Refusal:  # noqa: ARG002 - the honest signature
        """Return the one refusal."""
        return Refusal(500, "exception", "something went wrong", reason=f"ehr-{failure.kind}")


class NoBreaker(Breakers):
    """Never opens."""

    def failed(self, resource_type: str, failure: EhrFailure) -> None:
        """Forget it."""


class SharedBreaker(Breakers):
    """Opens for every type when one fails."""

    def circuit_name(self, resource_type: str) -> str:  # noqa: ARG002 - the honest signature
        """Return the one breaker."""
        return "all"


class StaysBrokenAfterFault(EhrClient):
    """Takes an EHR that could not be reached once for gone for good."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.gone = False

    async def call(self, request: EhrRequest) -> EhrReply:
        """Return the answer; after an outage nothing is asked any more."""
        if self.gone:
            raise EhrFailure("unreachable", reached=False)
        try:
            return await super().call(request)
        except EhrFailure as failure:
            self.gone = failure.kind == "unreachable"
            raise


class AnswersByOrder(Gateway):
    """Gives each answer to the request of its kind that waits longest, as on a connection that is shared wrongly."""

    def __init__(self, steps: Steps) -> None:
        super().__init__(steps)
        self.waiting: defaultdict[str, deque[asyncio.Future[Answer]]] = defaultdict(deque)

    async def handled(self, exchange: Exchange) -> Answer:
        """Return the next answer to come."""
        queue = self.waiting[f"{exchange.target.interaction} {exchange.target.resource_type}"]
        mine: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        queue.append(mine)
        try:
            answer = await super().handled(exchange)
        except BaseException:
            queue.remove(mine) if mine in queue else None
            raise
        (queue.popleft() if queue else mine).set_result(answer)
        return await mine


DEFECTS = (
    swap("ignores-retry-after", "RES-01", "repeats before Retry-After", retries=IgnoresRetryAfter),
    swap("lockstep-backoff", "RES-02", "waits without growth and jitter", retries=LockstepBackoff),
    swap("unbounded-retries", "RES-03", "repeats until time runs out", retries=UnboundedRetries),
    swap("no-upstream-timeout", "RES-04", "waits for the EHR for ever", transport=NoUpstreamTimeout),
    swap("one-status-for-all-failures", "RES-05", "500 for every failure", failures=OneStatusForAllFailures),
    swap("no-breaker", "RES-06", "asks a failing EHR again and again", breakers=NoBreaker),
    swap("shared-breaker", "RES-07", "one failing type stops all", breakers=SharedBreaker),
    swap("repeats-unsafe-writes", "RES-08", "repeats writes whose answer was lost", retries=RepeatsUnsafeWrites),
    swap("gives-up-on-safe-requests", "RES-08", "does not repeat a broken read", retries=GivesUpOnSafeRequests),
    swap("trusts-idle-connections", "RES-14", "a closed idle connection fails a read", retries=GivesUpOnSafeRequests),
    swap("answers-by-order", "RES-12", "pairs requests and answers by order", gateway=AnswersByOrder),
    swap("stays-broken-after-fault", "RES-09", "does not recover from an outage", ehr_client=StaysBrokenAfterFault),
)
