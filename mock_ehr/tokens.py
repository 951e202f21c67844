"""Issued access tokens: opaque, looked up on each call, dead when their time or the test says so."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from mock_ehr.scopes import Scope, rights

LIFETIME_S = 3600
PRUNE_AT = 10_000


@dataclass(frozen=True, slots=True)
class Context:
    """What a launch settled: who the token is for, about whom, and how far it reaches.

    `user` is a reference (Practitioner/id, or Patient/id for a patient at the portal), `patient` an id, "" without
    one. `launch` tells an EHR launch from a standalone one. `family` names the authorization that it all came from.
    """

    user: str
    scopes: tuple[str, ...]
    patient: str = ""
    encounter: str = ""
    launch: bool = False
    family: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """One issued token. `digest` is how the journal names it. No `context`: a backend token."""

    token: str
    digest: str
    client_id: str
    expires: float  # epoch seconds on the EHR's clock
    context: Context | None = None
    rights: tuple[Scope, ...] = ()  # of the context's scopes, parsed once


def digest_of(token: str) -> str:
    """Return the first 16 hex digits of the token's SHA-256."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()[:16]


class Tokens:
    """The table of issued tokens."""

    def __init__(self, now: Callable[[], float], new_token: Callable[[], str]) -> None:
        self._now = now
        self.new_token = new_token
        self._grants: dict[str, Grant] = {}
        self.lifetime_s = LIFETIME_S

    def issue(self, client_id: str, context: Context | None = None) -> Grant:
        """Return a new token for the client: its own, or for the user and patient of a launch."""
        if len(self._grants) > PRUNE_AT:
            self._prune()
        token = self.new_token()
        reach = rights(context.scopes) if context else ()
        grant = Grant(token, digest_of(token), client_id, self._now() + self.lifetime_s, context, reach)
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

    def holds(self, grant: Grant) -> bool:
        """Return whether the token was not withdrawn, expired or not."""
        return grant.token in self._grants

    def expire(self, grant: Grant) -> None:
        """Withdraw one token."""
        self._grants.pop(grant.token, None)

    def expire_family(self, family: str) -> None:
        """Withdraw every token that came from one authorization."""
        gone = [token for token, grant in self._grants.items() if grant.context and grant.context.family == family]
        for token in gone:
            del self._grants[token]

    def expire_all(self) -> int:
        """Withdraw every token and return how many were alive."""
        now = self._now()
        alive = sum(grant.expires > now for grant in self._grants.values())
        self._grants.clear()
        return alive

    def issued(self) -> list[Grant]:
        """Return the grants that are kept, oldest first."""
        return list(self._grants.values())
