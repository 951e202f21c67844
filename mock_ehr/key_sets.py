"""Key sets that clients publish under an address: fetched on this machine only, kept a while, fetched anew on a miss.

Epic (OAuth 2.0 page, "Key Rotation"): kept 29 h by default and at most, Cache-Control is honoured, and each assertion
makes it look at most once, when the kept keys are too old or did not verify it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import orjson
from joserfc.jwk import KeySet

from mock_ehr.clients import RegistrationError, check_loopback, parse_keys

LONGEST_S = 29 * 3600.0
TIMEOUT_S = 5.0
MAX_BYTES = 256 * 1024
MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,10})")


class UnreachableError(Exception):
    """A key set that cannot be had; the message says why."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address answered with status 200."""

    body: bytes
    cache_control: str = ""


Fetch = Callable[[str], Awaitable[Fetched]]


async def fetch_loopback(address: str) -> Fetched:
    """GET `address`, which is on this machine. Raises UnreachableError."""
    import httpx  # noqa: PLC0415 - slow to import, and most runs of the mock fetch nothing

    try:
        check_loopback(address)
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, verify=False) as client:  # noqa: S501 - plain http
            answer = await client.get(address, headers={"Accept": "application/json"})
    except (httpx.HTTPError, httpx.InvalidURL, RegistrationError) as error:
        raise UnreachableError(f"{address}: {error or type(error).__name__}") from error
    if answer.status_code != 200 or len(answer.content) > MAX_BYTES:
        raise UnreachableError(f"{address} answered {answer.status_code} with {len(answer.content)} bytes")
    return Fetched(answer.content, answer.headers.get("cache-control", ""))


def keep_s(cache_control: str) -> float:
    """Return for how many seconds an answer may be kept (RFC 9111 section 5.2.2), 29 h at most."""
    words = cache_control.lower()
    if "no-store" in words or "no-cache" in words:
        return 0.0
    age = MAX_AGE.search(words)
    return min(float(age[1]), LONGEST_S) if age else LONGEST_S


class KeySets:
    """The kept key sets by address."""

    def __init__(self, now: Callable[[], float], fetch: Fetch = fetch_loopback) -> None:
        self._now = now
        self._kept: dict[str, tuple[float, KeySet]] = {}
        self.fetch = fetch
        self.fetches = 0

    def kept(self, address: str) -> KeySet | None:
        """Return the kept keys; None when there are none or they are too old."""
        ends, keys = self._kept.get(address, (0.0, None))
        return keys if ends > self._now() else None

    async def refresh(self, address: str) -> KeySet:
        """Fetch the keys and keep them. Raises UnreachableError, also for what is no key set."""
        self.fetches += 1
        fetched = await self.fetch(address)
        try:
            keys = parse_keys(orjson.loads(fetched.body))
        except (orjson.JSONDecodeError, RegistrationError) as error:
            raise UnreachableError(f"{address}: {error}") from error
        self._kept[address] = (self._now() + keep_s(fetched.cache_control), keys)
        return keys

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
        self.fetches = 0
