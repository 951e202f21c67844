"""The EHR's own rate limit: a token bucket per client.

Off until the control API sets it: no vendor publishes numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

MAX_CLIENTS = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """What a client may do: `per_s` requests a second on average and `burst` at once."""

    per_s: float
    burst: float


class Throttle:
    """Buckets by client id."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._buckets: dict[str, tuple[float, float]] = {}  # client -> (level, when)
        self.rate: Rate | None = None
        self.refused = 0

    def limit(self, rate: Rate) -> None:
        """Set the limit; every bucket starts full."""
        self.rate = rate
        self._buckets.clear()

    def lift(self) -> None:
        """Remove the limit."""
        self.rate = None
        self._buckets.clear()
        self.refused = 0

    def wait_s(self, client_id: str) -> int:
        """Take one request from the client's bucket: 0 when it may pass, else whole seconds until it may."""
        if self.rate is None:
            return 0
        if len(self._buckets) > MAX_CLIENTS:
            self._buckets.clear()
        now = self._monotonic()
        level, when = self._buckets.get(client_id, (self.rate.burst, now))
        level = min(self.rate.burst, level + (now - when) * self.rate.per_s)
        if level >= 1:
            self._buckets[client_id] = (level - 1, now)
            return 0
        self._buckets[client_id] = (level, now)
        self.refused += 1
        return max(1, math.ceil((1 - level) / self.rate.per_s))
