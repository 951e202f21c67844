"""Defects in limiting rates (THR)."""

from __future__ import annotations

import time
from dataclasses import replace

from reference_gateway.buckets import Buckets, Size
from reference_gateway.client_limits import LANES, ClientLimit, ClientLimits
from reference_gateway.clock import Clock
from reference_gateway.defects.defect import swap
from reference_gateway.ehr_request import EhrRequest
from reference_gateway.endpoint_limits import EndpointLimits
from reference_gateway.exchange import Answer, Exchange
from reference_gateway.gateway import Gateway
from reference_gateway.lanes import Lanes
from reference_gateway.refusal import Refusal
from reference_gateway.throttle import Throttle

_PENALTY_S = 1.0
_TARPIT_S = 0.4


class NoThrottle(Throttle):
    """Admits everybody."""

    def admit(self, client_id: str) -> ClientLimit:
        """Return the limit, unchecked."""
        return self._limits.of(client_id)


class NoRetryAfter(Throttle):
    """Does not say how long to wait."""

    def refusal(self, wait_s: float) -> Refusal:
        """Return 429 alone."""
        refusal = super().refusal(wait_s)
        refusal.headers.clear()
        return refusal


class ThrottlesAfterUpstream(Gateway):
    """Asks the EHR first and the throttle afterwards."""

    def admit(self, exchange: Exchange) -> None:
        """Admit for now."""

    async def handled(self, exchange: Exchange) -> Answer:
        """Serve, then find out whether that was allowed."""
        answer = await super().handled(exchange)
        super().admit(exchange)
        return answer


class SharedBucket(Throttle):
    """Refuses everybody for a moment after it refused one."""

    def __init__(self, limits: ClientLimits, clock: Clock, buckets: Buckets | None = None) -> None:
        super().__init__(limits, clock, buckets)
        self.closed_until = 0.0

    def admit(self, client_id: str) -> ClientLimit:
        """Take one request from the bucket of all."""
        now = self._clock.monotonic()
        if now < self.closed_until:
            raise self.refusal(self.closed_until - now)
        try:
            return super().admit(client_id)
        except Refusal:
            self.closed_until = now + _PENALTY_S
            raise


class SlowRefill(Throttle):
    """Refills at a tenth of the stated rate."""

    def refill_rate(self, limit: ClientLimit) -> float:
        """Return requests per second."""
        return super().refill_rate(limit) / 10


class NoBurst(Throttle):
    """Admits the sustained rate only."""

    def capacity(self, limit: ClientLimit) -> float:  # noqa: ARG002 - the honest signature
        """Return the size of the bucket."""
        return 1.0


class NoConcurrencyCap(Lanes):
    """Sends everything to the EHR at once."""

    def __init__(self, slots: int) -> None:
        super().__init__(slots * 1_000)


class NoEndpointLimit(EndpointLimits):
    """Has limits of clients, and takes them for enough."""

    def take(self, request: EhrRequest) -> None:
        """Take nothing."""


class EndpointLimitPerLane(EndpointLimits):
    """Gives each lane a bucket of its own, as for clients."""

    def bucket_name(self, request: EhrRequest) -> str:
        """Return the bucket that a call is taken from."""
        return f"{request.resource_type} {request.lane}"


class OneEndpointLimitForAll(EndpointLimits):
    """Counts every call in the bucket of the type that bears least."""

    def size(self, request: EhrRequest) -> Size | None:  # noqa: ARG002 - the honest signature
        """Return the smallest bucket's size."""
        return min(self._limits.values(), key=lambda size: size.capacity, default=None)

    def bucket_name(self, request: EhrRequest) -> str:  # noqa: ARG002 - the honest signature
        """Return the one bucket."""
        return "all"


class BatchBeforeInteractive(Lanes):
    """Serves the lanes the wrong way round."""

    def rank(self, lane: str) -> int:
        """Return the place in the queue."""
        return len(LANES) - super().rank(lane)


class FirstComeFirstServed(Lanes):
    """Knows no lanes towards the EHR."""

    def rank(self, lane: str) -> int:  # noqa: ARG002 - the honest signature
        """Return the same place for everybody."""
        return 0


class UnknownClientsInteractive(Throttle):
    """Treats clients that it does not know like those of the fast lane."""

    def admit(self, client_id: str) -> ClientLimit:
        """Take one request from the client's bucket, an unknown one's from that of the first fast client."""
        fast = (name for name, limit in self._limits.listed.items() if limit.lane == LANES[0])
        return super().admit(client_id if client_id in self._limits.listed else next(fast, client_id))


class PunishesAllForOne(Throttle):
    """Lets whoever is refused wait for the refusal, and everybody else with it: the whole process sleeps."""

    def refusal(self, wait_s: float) -> Refusal:
        """Return the refusal, late."""
        time.sleep(_TARPIT_S)
        return super().refusal(wait_s)


class UnknownClientsFirst(Throttle):
    """Holds unknown clients to their limit, but puts them in the fast lane."""

    def admit(self, client_id: str) -> ClientLimit:
        """Take one request from the client's bucket."""
        limit = super().admit(client_id)
        return limit if client_id in self._limits.listed else replace(limit, lane=LANES[0])


DEFECTS = (
    swap("no-throttle", "THR-01", "admits every request", throttle=NoThrottle),
    swap("no-retry-after", "THR-01", "429 without Retry-After", throttle=NoRetryAfter),
    swap("throttles-after-upstream", "THR-01", "asks the EHR before the throttle", gateway=ThrottlesAfterUpstream),
    swap("shared-bucket", "THR-02", "a noisy client has all refused", throttle=SharedBucket),
    swap("no-concurrency-cap", "THR-03", "has no limit of calls at once", lanes=NoConcurrencyCap),
    swap("no-endpoint-limit", "THR-03", "limits no single type", endpoint_limits=NoEndpointLimit),
    swap("endpoint-limit-per-lane", "THR-03", "limits a type in each lane", endpoint_limits=EndpointLimitPerLane),
    swap("one-endpoint-limit-for-all", "THR-03", "counts all types as one", endpoint_limits=OneEndpointLimitForAll),
    swap("batch-before-interactive", "THR-04", "serves batch before interactive", lanes=BatchBeforeInteractive),
    swap("first-come-first-served", "THR-04", "has one queue for all", lanes=FirstComeFirstServed),
    swap("unknown-clients-interactive", "THR-05", "unknown clients go first", throttle=UnknownClientsInteractive),
    swap("punishes-all-for-one", "THR-02", "sleeps when it refuses", throttle=PunishesAllForOne),
    swap("unknown-clients-first", "THR-05", "unknown clients in the fast lane", throttle=UnknownClientsFirst),
    swap("slow-refill", "THR-06", "refills at a tenth of the rate", throttle=SlowRefill),
    swap("no-burst", "THR-06", "admits no burst", throttle=NoBurst),
)
