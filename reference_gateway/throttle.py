"""Token buckets, one per client: a burst passes, then the sustained rate; a noisy client only slows itself."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

from reference_gateway.client_limits import ClientLimit, ClientLimits
from reference_gateway.clock import Clock
from reference_gateway.refusal import Refusal

_MOST_BUCKETS = 10_000


@dataclass
class Bucket:
    """Requests left, counted up to `filled_at` (monotonic seconds)."""

    left: float
    filled_at: float


class Throttle:
    """Admits requests by client id."""

    def __init__(self, limits: ClientLimits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def admit(self, client_id: str) -> ClientLimit:
        """Take one request from the client's bucket and return its limit. Raises Refusal 429 with Retry-After."""
        limit = self._limits.of(client_id)
        bucket = self._bucket(self.bucket_name(client_id), limit)
        now = self._clock.monotonic()
        bucket.left = min(self.capacity(limit), bucket.left + (now - bucket.filled_at) * self.refill_rate(limit))
        bucket.filled_at = now
        if bucket.left < 1:
            raise self.refusal((1 - bucket.left) / limit.rate_per_s)
        bucket.left -= 1
        return limit

    def bucket_name(self, client_id: str) -> str:
        """Return the bucket that a client draws from."""
        return client_id

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

    def _bucket(self, name: str, limit: ClientLimit) -> Bucket:
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = Bucket(self.capacity(limit), self._clock.monotonic())
            if len(self._buckets) > _MOST_BUCKETS:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(name)
        return bucket
