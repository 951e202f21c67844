"""How much a client may do: token bucket, fixed window, or a cap on what runs at once. Pure but for their tallies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Protocol

MAX_CLIENTS = 10_000


@dataclass(frozen=True, slots=True)
class Share:
    """What is left to a client after it asked.

    `wait_s` is 0 when the request may pass, else the seconds until one may; `reset_s` the seconds until the whole
    quota is back.
    """

    wait_s: float
    left: int
    reset_s: float


class Quota(Protocol):
    """One kind of limit. `limit` requests per `window_s` seconds are what it tells clients."""

    kind: ClassVar[str]
    limit: int
    window_s: int

    def take(self, key: str, now: float) -> Share:
        """Count one request of `key` at `now` (monotonic seconds) and return what is left."""

    def release(self, key: str) -> None:
        """Note that a request which passed has ended."""


class TokenBucket:
    """`per_s` requests a second on average and `burst` at once."""

    kind: ClassVar[str] = "token-bucket"

    def __init__(self, per_s: float, burst: float) -> None:
        self.per_s, self.burst = per_s, burst
        self.limit = math.floor(burst)
        self.window_s = max(1, math.ceil(burst / per_s))
        self._buckets: dict[str, tuple[float, float]] = {}  # key -> (level, when)

    def take(self, key: str, now: float) -> Share:
        """Take one token."""
        if len(self._buckets) > MAX_CLIENTS:
            self._buckets.clear()
        level, when = self._buckets.get(key, (self.burst, now))
        level = min(self.burst, level + (now - when) * self.per_s)
        passes = level >= 1
        left = level - 1 if passes else level
        self._buckets[key] = (left, now)
        wait_s = 0.0 if passes else (1 - level) / self.per_s
        return Share(wait_s, math.floor(left), (self.burst - left) / self.per_s)

    def release(self, key: str) -> None:
        """Do nothing: tokens come back by time."""


class FixedWindow:
    """`limit` requests in each window of `window_s` seconds; windows begin with the first request."""

    kind: ClassVar[str] = "fixed-window"

    def __init__(self, limit: int, window_s: float) -> None:
        self.limit, self._length = limit, window_s
        self.window_s = max(1, math.ceil(window_s))
        self._windows: dict[str, tuple[float, int]] = {}  # key -> (start, count)

    def take(self, key: str, now: float) -> Share:
        """Count one request."""
        if len(self._windows) > MAX_CLIENTS:
            self._windows.clear()
        start, count = self._windows.get(key, (now, 0))
        if now - start >= self._length:
            start += (now - start) // self._length * self._length
            count = 0
        rest = start + self._length - now
        if count >= self.limit:
            return Share(rest, 0, rest)
        self._windows[key] = (start, count + 1)
        return Share(0.0, self.limit - count - 1, rest)

    def release(self, key: str) -> None:
        """Do nothing: the window ends by time."""


class Concurrency:
    """At most `limit` requests at once. Nobody knows when one ends: the wait is said to be one second."""

    kind: ClassVar[str] = "concurrency"
    window_s = 1

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._running: dict[str, int] = {}

    def take(self, key: str, now: float) -> Share:
        """Count one request that begins."""
        del now
        running = self._running.get(key, 0)
        if running >= self.limit:
            return Share(1.0, 0, 1.0)
        self._running[key] = running + 1
        return Share(0.0, self.limit - running - 1, 1.0)

    def release(self, key: str) -> None:
        """Count one request less."""
        running = self._running.get(key, 0) - 1
        if running > 0:
            self._running[key] = running
        else:
            self._running.pop(key, None)
