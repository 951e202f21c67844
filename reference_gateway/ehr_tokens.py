"""The gateway's own access token at the EHR: one at a time, reused, renewed ahead of its expiry.

Source: SMART Backend Services (client credentials with private_key_jwt). A failing token endpoint is asked again with
growing waits only; requests meanwhile are refused without asking.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from reference_gateway.clock import Clock
from reference_gateway.ehr_request import EhrFailure

FIRST_BACKOFF_S = 0.5
LONGEST_BACKOFF_S = 4.0


@dataclass(frozen=True)
class EhrToken:
    """An access token; moments in monotonic seconds."""

    value: str
    expires_at: float
    renew_at: float


class TokenEndpointFailure(Exception):
    """The token endpoint gave no token."""


Grant = Callable[[], Awaitable[tuple[str, float]]]  # token and lifetime in s; raises TokenEndpointFailure


class TokenSource(Protocol):
    """Gives tokens to calls."""

    async def token(self, patience_s: float) -> str:
        """Return a token that is valid now. Raises EhrFailure no-token."""

    def rejected(self, token: str) -> None:
        """Note that the EHR answered 401 to this token."""

    def accepted(self, token: str) -> None:
        """Note that the EHR accepted this token."""


class EhrTokens:
    """Holds the current token; one renewal at a time, whoever asks."""

    def __init__(self, grant: Grant, clock: Clock, randomness: random.Random) -> None:
        self._grant = grant
        self._clock = clock
        self._randomness = randomness
        self._current: EhrToken | None = None
        self._rejections = 0
        self._failures = 0
        self._not_before = 0.0
        self._renewal: asyncio.Task[None] | None = None
        self._demanded = asyncio.Event()

    async def token(self, patience_s: float) -> str:
        """Return a token that is valid now, waiting at most `patience_s` for a renewal."""
        self._demanded.set()
        held = self.held()
        if held is not None:
            return held
        wait = self._not_before - self._clock.monotonic()
        if wait > 0:
            raise EhrFailure("no-token", reached=False, retry_after_s=wait)
        try:
            async with asyncio.timeout(patience_s):
                await asyncio.shield(self.renew())
        except TimeoutError:
            raise EhrFailure("no-token", reached=False) from None
        held = self.held()
        if held is None:
            wait = max(0.0, self._not_before - self._clock.monotonic())
            raise EhrFailure("no-token", reached=False, retry_after_s=wait)
        return held

    def held(self) -> str | None:
        """Return the current token unless it has expired or is about to."""
        current = self._current
        return current.value if current and self._clock.monotonic() < current.expires_at else None

    def rejected(self, token: str) -> None:
        """Drop a token that the EHR refuses. The second in a row is not replaced at once, so that no loop starts."""
        if self._current is None or self._current.value != token:
            return
        self._current = None
        self._rejections += 1
        if self._rejections > 1:
            self._back_off()

    def accepted(self, token: str) -> None:
        """Note that the current token works."""
        if self._current is not None and self._current.value == token:
            self._rejections = self._failures = 0

    def renew(self) -> asyncio.Task[None]:
        """Return the renewal under way, or start one."""
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.get_running_loop().create_task(self._renew())
        return self._renewal

    async def keep_renewed(self) -> None:
        """Renew ahead of expiry as long as tokens are wanted; runs until cancelled."""
        while True:
            await self._demanded.wait()
            await self._clock.sleep(self._pause())
            if self._due():
                await self.renew()

    def _due(self) -> bool:
        now = self._clock.monotonic()
        return now >= self._not_before and (self._current is None or now >= self._current.renew_at)

    def _pause(self) -> float:
        target = self._not_before
        if self._current is not None:
            target = max(target, self._current.renew_at)
        return min(1.0, max(0.02, target - self._clock.monotonic()))

    async def _renew(self) -> None:
        started = self._clock.monotonic()
        try:
            value, lifetime_s = await self._grant()
        except TokenEndpointFailure:
            self._back_off()
            return
        self._current = self.dated(value, started, lifetime_s)

    def dated(self, value: str, started: float, lifetime_s: float) -> EhrToken:
        """Return the token with its moments: not used in its last tenth (at most 5 s), renewed in its last third."""
        expires_at = started + lifetime_s - min(5.0, lifetime_s / 10)
        return EhrToken(value, expires_at, started + lifetime_s - min(60.0, lifetime_s / 3))

    def _back_off(self) -> None:
        self._failures += 1
        wait = min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2 ** (self._failures - 1))
        self._not_before = self._clock.monotonic() + wait * self._randomness.uniform(0.75, 1.0)
