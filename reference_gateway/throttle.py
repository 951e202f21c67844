"""Token buckets, one per client: a burst passes, then the sustained rate; a noisy client only slows itself."""

from __future__ import annotations

import math
from dataclasses import dataclass

from reference_gateway.buckets import Buckets, OwnBuckets, Size
from reference_gateway.client_limits import ClientLimit, ClientLimits
from reference_gateway.clock import Clock
from reference_gateway.refusal import Refusal


@dataclass(frozen=True)
class Standing:
    """How a client stands: its limit, whole requests left now, and seconds until its bucket is full again."""

    limit: ClientLimit
    left: int
    full_in_s: float


class Throttle:
    """Admits requests by client id."""

    def __init__(self, limits: ClientLimits, clock: Clock, buckets: Buckets | None = None) -> None:
        self._limits = limits
        self._clock = clock
        self._buckets = buckets or OwnBuckets()

    def admit(self, client_id: str) -> ClientLimit:
        """Take one request from the client's bucket and return its limit. Raises Refusal 429 with Retry-After."""
        limit = self._limits.of(client_id)
        left = self._buckets.draw(self.bucket_name(client_id), self.size(limit), self._clock.monotonic())
        if left < 1:
            raise self.refusal((1 - left) / limit.rate_per_s)
        return limit

    def standing(self, client_id: str) -> Standing:
        """Return how a client stands now, without taking anything."""
        limit = self._limits.of(client_id)
        size = self.size(limit)
        left = self._buckets.left(self.bucket_name(client_id), size, self._clock.monotonic())
        return Standing(limit, math.floor(left), (size.capacity - left) / size.rate_per_s)

    def bucket_name(self, client_id: str) -> str:
        """Return the bucket that a client draws from."""
        return client_id

    def size(self, limit: ClientLimit) -> Size:
        """Return how large a bucket is."""
        return Size(self.capacity(limit), self.refill_rate(limit))

    def capacity(self, limit: ClientLimit) -> float:
        """Return how many requests a full bucket holds."""
        return limit.burst

    def refill_rate(self, limit: ClientLimit) -> float:
        """Return how many requests a second flow back into the bucket."""
        return limit.rate_per_s

    def refusal(self, wait_s: float) -> Refusal:
        """Return 429; waiting the stated whole seconds is enough (RFC 6585 section 4)."""
        retry_after = str(max(1, math.ceil(wait_s)))
        text = "this client has used up its request rate; wait as Retry-After says"
        return Refusal(429, "throttled", text, reason="throttled", headers={"Retry-After": retry_after})
