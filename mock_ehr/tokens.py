"""Issued access tokens: opaque, looked up on each call, dead when their time or the test says so."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

LIFETIME_S = 3600
PRUNE_AT = 10_000


@dataclass(frozen=True, slots=True)
class Grant:
    """One issued token. `digest` is how the journal names it."""

    token: str
    digest: str
    client_id: str
    expires: float  # epoch seconds on the EHR's clock


def digest_of(token: str) -> str:
    """Return the first 16 hex digits of the token's SHA-256."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()[:16]


class Tokens:
    """The table of issued tokens."""

    def __init__(self, now: Callable[[], float], new_token: Callable[[], str]) -> None:
        self._now = now
        self._new_token = new_token
        self._grants: dict[str, Grant] = {}
        self.lifetime_s = LIFETIME_S

    def issue(self, client_id: str) -> Grant:
        """Return a new token for the client."""
        if len(self._grants) > PRUNE_AT:
            self._prune()
        token = self._new_token()
        grant = Grant(token, digest_of(token), client_id, self._now() + self.lifetime_s)
        self._grants[token] = grant
        return grant

    def _prune(self) -> None:
        now = self._now()
        self._grants = {token: grant for token, grant in self._grants.items() if grant.expires > now}

    def find(self, token: str) -> Grant | None:
        """Return the grant also of an expired token; None when it was never issued or was withdrawn."""
        return self._grants.get(token)

    def is_live(self, grant: Grant) -> bool:
        """Return whether the token still works."""
        return grant.expires > self._now() and grant.token in self._grants

    def expire(self, grant: Grant) -> None:
        """Withdraw one token."""
        self._grants.pop(grant.token, None)

    def expire_all(self) -> int:
        """Withdraw every token and return how many were alive."""
        now = self._now()
        alive = sum(grant.expires > now for grant in self._grants.values())
        self._grants.clear()
        return alive

    def issued(self) -> list[Grant]:
        """Return the grants that are kept, oldest first."""
        return list(self._grants.values())
