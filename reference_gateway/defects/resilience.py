"""Defects in how failures of the EHR are met (RES)."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict, deque
from typing import Any

import aiohttp
from yarl import URL

from reference_gateway.breaker import Breakers
from reference_gateway.defects.defect import swap
from reference_gateway.ehr_client import EhrClient
from reference_gateway.ehr_failures import FailureMapping
from reference_gateway.ehr_request import EhrFailure, EhrReply, EhrRequest
from reference_gateway.ehr_transport import EhrTransport
from reference_gateway.exchange import Answer, Exchange
from reference_gateway.gateway import Gateway, Steps
from reference_gateway.lanes import Lanes
from reference_gateway.refusal import Refusal
from reference_gateway.retry import BASE_DELAY_S, RetryPolicy

_FOR_EVER_S = 60.0
_BUFFER_BYTES = 4_000_000
_CAUTION_S = 0.0001
_SILENCE_S = 1.5
_FEW = 4


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


class SteadyBackoff(RetryPolicy):
    """Waits at random, but never longer."""

    def backoff(self, attempt: int) -> float:  # noqa: ARG002 - the honest signature
        """Return a wait up to the first bound."""
        return self.randomness.uniform(0, BASE_DELAY_S)


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


class TimeOutPerRead(NoUpstreamTimeout):
    """Limits each wait for bytes and not the whole: an EHR that drips is never too slow."""

    def wait_limits(self) -> aiohttp.ClientTimeout:
        """Limit the silence between two reads."""
        return aiohttp.ClientTimeout(total=None, sock_read=_SILENCE_S)


class NeverHearsOfResets(EhrTransport):
    """Leaves whoever waits for an answer waiting when the connection has been reset."""

    async def send(self, request: EhrRequest, token: str, timeout_s: float) -> EhrReply:
        """Return the answer; of a lost connection nothing is ever heard."""
        try:
            return await super().send(request, token, timeout_s)
        except EhrFailure as failure:
            if failure.kind == "broken":
                await asyncio.sleep(_FOR_EVER_S)
            raise


class UnreachableAsTooSlow(FailureMapping):
    """Takes an EHR that cannot be reached for a slow one."""

    def by_kind(self, failure: EhrFailure) -> Refusal:
        """Return the refusal of a time-out."""
        slow = failure.kind in ("unreachable", "broken")
        return super().by_kind(EhrFailure("timeout", reached=failure.reached) if slow else failure)


class OpenBreakerAsBroken(FailureMapping):
    """Reports an EHR that is left alone as one that is broken."""

    def by_kind(self, failure: EhrFailure) -> Refusal:
        """Return 502 for an open breaker."""
        return super().by_kind(EhrFailure("broken", reached=False) if failure.kind == "open" else failure)


class ObeysAbsurdWaits(Breakers):
    """Leaves the EHR alone as long as it says, however long that is."""

    def failed(self, resource_type: str, failure: EhrFailure) -> None:
        """Note a failed call, and when the next one is allowed."""
        super().failed(resource_type, failure)
        if failure.retry_after_s and failure.retry_after_s > self._open_s:
            opened = self._clock.monotonic() + failure.retry_after_s - self._open_s
            self._circuit(resource_type).opened_at = opened


class OpenBreakerNeverCloses(Breakers):
    """Begins the wait anew with each request that it turns away: under traffic it never ends."""

    def enter(self, resource_type: str) -> bool:
        """Ask to call the EHR."""
        try:
            return super().enter(resource_type)
        except EhrFailure:
            self._circuit(resource_type).opened_at = self._clock.monotonic()
            raise


class LeaksConnectionsOnFailure(EhrTransport):
    """Takes up a new connection after each failure, to see whether the EHR is back, and never puts it down."""

    async def send(self, request: EhrRequest, token: str, timeout_s: float) -> EhrReply:
        """Return the answer."""
        try:
            return await super().send(request, token, timeout_s)
        except EhrFailure:
            url = URL(self._base_url)
            with contextlib.suppress(OSError):
                connection = await asyncio.open_connection(url.host, url.port)
                self.__dict__.setdefault("taken_up", []).append(connection)
            raise


class LeaksMemoryOnFailure(EhrTransport):
    """Keeps what it had ready for each answer that never came."""

    async def send(self, request: EhrRequest, token: str, timeout_s: float) -> EhrReply:
        """Return the answer."""
        try:
            return await super().send(request, token, timeout_s)
        except EhrFailure:
            self.__dict__.setdefault("buffers", []).append(b"\1" * _BUFFER_BYTES)
            raise


class SlowEverAfter(EhrTransport):
    """Waits a little more before each call with every failure there ever was."""

    failures = 0

    async def send(self, request: EhrRequest, token: str, timeout_s: float) -> EhrReply:
        """Return the answer, late once there were failures."""
        try:
            await asyncio.sleep(self.failures**2 * _CAUTION_S)
            return await super().send(request, token, timeout_s)
        except EhrFailure:
            self.failures += 1
            raise


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


class FewSlotsForAll(Lanes):
    """Has so few connections to the EHR that what hangs takes all of them."""

    def __init__(self, slots: int) -> None:
        super().__init__(min(slots, _FEW))


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
    swap("steady-backoff", "RES-02", "waits do not grow", retries=SteadyBackoff),
    swap("unbounded-retries", "RES-03", "repeats until time runs out", retries=UnboundedRetries),
    swap("no-upstream-timeout", "RES-04", "waits for the EHR for ever", transport=NoUpstreamTimeout),
    swap("time-out-per-read", "RES-04", "limits each wait, not the whole", transport=TimeOutPerRead),
    swap("never-hears-of-resets", "RES-04", "waits on connections that are reset", transport=NeverHearsOfResets),
    swap("unreachable-as-too-slow", "RES-05", "504 for an EHR out of reach", failures=UnreachableAsTooSlow),
    swap("obeys-absurd-waits", "RES-01", "stays away for years when told so", breakers=ObeysAbsurdWaits),
    swap("few-slots-for-all", "RES-07", "one hanging type holds every connection", lanes=FewSlotsForAll),
    swap("open-breaker-as-broken", "RES-06", "502 while its breaker is open", failures=OpenBreakerAsBroken),
    swap("open-breaker-never-closes", "RES-06", "waits anew at each request", breakers=OpenBreakerNeverCloses),
    swap("one-status-for-all-failures", "RES-05", "500 for every failure", failures=OneStatusForAllFailures),
    swap("no-breaker", "RES-06", "asks a failing EHR again and again", breakers=NoBreaker),
    swap("shared-breaker", "RES-07", "one failing type stops all", breakers=SharedBreaker),
    swap("repeats-unsafe-writes", "RES-08", "repeats writes whose answer was lost", retries=RepeatsUnsafeWrites),
    swap("gives-up-on-safe-requests", "RES-08", "does not repeat a broken read", retries=GivesUpOnSafeRequests),
    swap("trusts-idle-connections", "RES-14", "a closed idle connection fails a read", retries=GivesUpOnSafeRequests),
    swap("answers-by-order", "RES-12", "pairs requests and answers by order", gateway=AnswersByOrder),
    swap("leaks-connections-on-failure", "RES-09", "keeps probes open", transport=LeaksConnectionsOnFailure),
    swap("leaks-memory-on-failure", "RES-09", "keeps buffers of failures", transport=LeaksMemoryOnFailure),
    swap("slow-ever-after", "RES-09", "waits more with each failure", transport=SlowEverAfter),
    swap("stays-broken-after-fault", "RES-09", "does not recover from an outage", ehr_client=StaysBrokenAfterFault),
)
