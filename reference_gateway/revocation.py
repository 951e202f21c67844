"""Whether a token was withdrawn: the issuer is asked (RFC 7662), and its answer is kept for a moment.

Without an answer nobody gets in: a token whose standing cannot be known is not honoured.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable

from reference_gateway.clock import Clock
from reference_gateway.consumer_tokens import InvalidToken
from reference_gateway.refusal import unavailable

Ask = Callable[[str], Awaitable[bool]]  # whether a token is active; raises OSError, TimeoutError or ValueError
_MOST_KEPT = 10_000


class Revocation:
    """Knows which tokens are still good. One question at a time for each token, however many requests carry it."""

    def __init__(self, ask: Ask | None, clock: Clock, kept_s: float) -> None:
        self._ask = ask
        self._clock = clock
        self._kept_s = kept_s
        self._asked: dict[bytes, tuple[float, asyncio.Task[bool]]] = {}

    async def check(self, raw: str) -> None:
        """Raise InvalidToken for a token that was withdrawn, Refusal 503 when that cannot be known."""
        if self._ask is None:
            return
        try:
            active = await asyncio.shield(self.question(raw))
        except (OSError, TimeoutError, ValueError):
            active = self.unknown()
        if not active:
            raise InvalidToken("the token was withdrawn")

    def unknown(self) -> bool:
        """Return whether to believe a token about which the issuer does not answer. Raises Refusal 503."""
        text = "tokens cannot be verified now, because the authorization server is not reachable"
        raise unavailable(text, 2, reason="issuer-unavailable")

    def question(self, raw: str) -> asyncio.Task[bool]:
        """Return the question about a token: one that is under way or was answered a moment ago, else a new one."""
        assert self._ask is not None  # noqa: S101 - the caller has looked
        name, now = hashlib.sha256(raw.encode()).digest(), self._clock.monotonic()
        known = self._asked.get(name)
        if known is not None and not self.outdated(known[0], now) and not _failed(known[1]):
            return known[1]
        if len(self._asked) >= _MOST_KEPT:
            self._asked.clear()
        task = asyncio.ensure_future(self._ask(raw))
        task.add_done_callback(_failed)
        self._asked[name] = (now, task)
        return task

    def outdated(self, asked_at: float, now: float) -> bool:
        """Return whether an answer is too old."""
        return now - asked_at > self._kept_s


def _failed(task: asyncio.Task[bool]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
