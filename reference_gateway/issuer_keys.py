"""The issuer's public keys: fetched, kept fresh, never trusted for longer than settings allow.

Rotation is followed without a restart: keys are fetched again before they are `max_age_s` old and when a token names an
unknown key. While the issuer is down, keys serve on until they are `max_stale_s` old, then nothing is accepted.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from reference_gateway.clock import Clock
from reference_gateway.refusal import Refusal, unavailable

PublicKey = RSAKey | ECKey
Fetch = Callable[[], Awaitable[bytes]]  # the JWK set document; raises OSError, TimeoutError or ValueError

MIN_INTERVAL_S = 0.5


class IssuerKeys:
    """A cache of the issuer's signing keys by key id."""

    def __init__(self, fetch: Fetch, clock: Clock, max_age_s: float, max_stale_s: float) -> None:
        self._fetch = fetch
        self._clock = clock
        self._max_age_s = max_age_s
        self._max_stale_s = max_stale_s
        self._keys: Mapping[str, PublicKey] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._failing = False
        self._lock = asyncio.Lock()

    async def key(self, key_id: str) -> PublicKey | None:
        """Return the key with this id, None when the issuer does not publish it.

        Raises Refusal 503 when that cannot be known: the issuer is down and the keys are too old or lack this one.
        """
        if self.age() > self._max_age_s and not self._failing:
            await self.refresh(not_since=self._clock.monotonic())
        if self.age() > self._max_stale_s:
            raise self.down()
        if key_id not in self._keys:
            await self.refresh(not_since=self._clock.monotonic(), wait=True)
            if key_id not in self._keys and self._failing:
                raise self.down()
        return self._keys.get(key_id)

    def age(self) -> float:
        """Return the seconds since keys were last fetched successfully."""
        return self._clock.monotonic() - self._fetched_at

    @property
    def failing(self) -> bool:
        """Tell whether the latest fetch failed."""
        return self._failing

    def any_key(self) -> PublicKey | None:
        """Return one of the cached keys."""
        return next(iter(self._keys.values()), None)

    async def refresh(self, not_since: float, wait: bool = False) -> None:
        """Fetch the keys unless somebody tried after `not_since`; at most one fetch each half second.

        With `wait`, wait for the next allowed moment; without it, return at once when it is too soon.
        """
        async with self._lock:
            if self._tried_at > not_since:
                return
            soonest = self._tried_at + MIN_INTERVAL_S - self._clock.monotonic()
            if soonest > 0:
                if not wait:
                    return
                await self._clock.sleep(soonest)
            await self._load()

    async def keep_fresh(self) -> None:
        """Fetch again and again, well before the keys are too old; runs until cancelled."""
        while True:
            await self.refresh(not_since=self._clock.monotonic())
            await self._clock.sleep(self._max_age_s / 2)

    async def _load(self) -> None:
        self._tried_at = started = self._clock.monotonic()
        try:
            self._keys = read_key_set(await self._fetch())
        except (OSError, TimeoutError, ValueError):
            self._failing = True
        else:
            self._failing = False
            self._fetched_at = started

    def down(self) -> Refusal:
        """Return 503: tokens cannot be verified now."""
        text = "tokens cannot be verified now, because the authorization server is not reachable"
        return unavailable(text, 2, reason="issuer-unavailable")


def read_key_set(document: bytes) -> Mapping[str, PublicKey]:
    """Read the signing keys with a key id of a JWK set (RFC 7517). Raises ValueError for another document."""
    content = json.loads(document)
    if not isinstance(content, dict) or not isinstance(content.get("keys"), list):
        raise ValueError("not a JWK set")  # noqa: TRY004 - a wrong document, not a wrong argument
    keys: dict[str, PublicKey] = {}
    for entry in content["keys"]:
        key = _public_key(entry)
        if key is not None:
            keys[entry["kid"]] = key
    return keys


def _public_key(entry: Any) -> PublicKey | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str) or entry.get("use", "sig") != "sig":
        return None
    public = {name: value for name, value in entry.items() if name not in _PRIVATE}
    try:
        if entry.get("kty") == "RSA":
            return RSAKey.import_key(public)
        return ECKey.import_key(public) if entry.get("kty") == "EC" else None
    except (JoseError, ValueError):
        return None


_PRIVATE = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth"))
