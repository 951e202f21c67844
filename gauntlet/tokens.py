"""Where consumers' tokens come from: the lab's issuer, or (without a gateway) the EHR itself."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from gauntlet.control import Control
from gauntlet.errors import HarnessError, Inconclusive
from gauntlet.issuer.clients import unverified_claims
from gauntlet.issuer.keys import KeyRing
from gauntlet.issuer.mint import Claims, TokenRecipe, mint
from gauntlet.issuer.wrong_tokens import wrong_token
from gauntlet.upstream_key import ALGORITHM

EVERYTHING = "system/*.cruds"
LIFETIME_S = 300.0


class IssuerControl:
    """The lab's issuer, out of band: rotation, outages, and what the gateway asked it."""

    def __init__(self, url: str, control: Control, control_url: str) -> None:
        self.url = url
        self.attacker = control_url  # serves the documents that forged tokens point at
        self._control = control

    def withdraw(self, token: str) -> None:
        """Revoke one token of the issuer's."""
        self._control.call("POST", "/revoke", {"jti": unverified_claims(token)["jti"]})

    def switch_client(self, client_id: str, *, active: bool) -> None:
        """Turn a client off, its tokens included, or on again."""
        self._control.call("PUT", f"/clients/{client_id}", {"active": active})

    def let_gateway_ask(self, client_id: str, secret: str) -> None:
        """Register the gateway as a client that may introspect tokens."""
        self._control.call("PUT", f"/clients/{client_id}", {"secret": secret})

    def requests(self) -> list[Mapping[str, Any]]:
        """Return what the issuer was asked in this run."""
        return list(self._control.call("GET", "/requests")["entries"])

    def attacker_visits(self) -> list[str]:
        """Return which documents were fetched so far that forged tokens point at."""
        return [entry["endpoint"] for entry in self.requests() if entry["endpoint"].startswith("attacker-")]

    def rotate(self) -> None:
        """Take a new signing key into use and withdraw the old one."""
        self._control.call("POST", "/rotate")

    @contextmanager
    def unavailable(self) -> Iterator[None]:
        """Let every public endpoint of the issuer answer 503 for the length of the block.

        Raises Inconclusive when the outage did not take effect.
        """
        self._control.call("PUT", "/available", {"available": False, "mode": "503"})
        try:
            if httpx.get(f"{self.url}/.well-known/openid-configuration", timeout=5.0, trust_env=False).is_success:
                raise Inconclusive("the issuer still answers although it was told not to: nothing would be proven")
            yield
        finally:
            self._control.call("PUT", "/available", {"available": True})


class Tokens(Protocol):
    """A source of consumers' tokens."""

    def token(
        self,
        client_id: str,
        *,
        scope: str = EVERYTHING,
        patient: str | None = None,
        user: str | None = None,
        lifetime_s: float = LIFETIME_S,
        audience: str | None = None,
        extra: Claims | None = None,
    ) -> str:
        """Return a token; a negative lifetime makes one that has expired already.

        `audience` is for another gateway than the one under test; `extra` adds claims, or leaves out those of value
        None.
        """

    def wrong(self, kind: str, client_id: str, *, scope: str = EVERYTHING) -> str:
        """Return a token that is wrong in one way, a name of `WRONG_TOKENS`."""

    def attacker_visits(self) -> list[str]:
        """Return which documents were fetched so far that wrong tokens point at."""

    def require_issuer(self) -> IssuerControl:
        """Return the issuer's control. Raises Inconclusive when tokens do not come from the lab's issuer."""

    def forget(self) -> None:
        """Reuse no token from before: a check may have let them die."""


class IssuerTokens:
    """Tokens signed by the lab's issuer, whose keys the harness shares by file."""

    def __init__(self, issuer: IssuerControl, audience: str, key_file: Path, standing: Claims | None = None) -> None:
        self._issuer = issuer
        self._audience = audience
        self._key_file = key_file
        self._standing = dict(standing or {})  # claims of every token
        self._cached: tuple[int, KeyRing] | None = None

    def token(
        self,
        client_id: str,
        *,
        scope: str = EVERYTHING,
        patient: str | None = None,
        user: str | None = None,
        lifetime_s: float = LIFETIME_S,
        audience: str | None = None,
        extra: Claims | None = None,
    ) -> str:
        """Return a token of the issuer's active key."""
        issued = time.time() if lifetime_s > 0 else time.time() + lifetime_s - LIFETIME_S
        recipe = TokenRecipe(
            self._issuer.url,
            audience or self._audience,
            client_id,
            scope,
            lifetime_s=lifetime_s if lifetime_s > 0 else LIFETIME_S,
            patient=patient,
            user=user,
            extra={**self._standing, **(extra or {})},
        )
        said = {name: value for name, value in recipe.claims(issued).items() if value is not None}
        return mint(self._keyring(), said)

    def wrong(self, kind: str, client_id: str, *, scope: str = EVERYTHING) -> str:
        """Return a token that is wrong in one way."""
        claims = TokenRecipe(self._issuer.url, self._audience, client_id, scope, extra=self._standing).claims(
            time.time()
        )
        return wrong_token(kind, self._keyring(), claims, self._issuer.attacker)

    def attacker_visits(self) -> list[str]:
        """Return what the issuer was asked for on the attacker's side."""
        return self._issuer.attacker_visits()

    def require_issuer(self) -> IssuerControl:
        """Return the issuer's control."""
        return self._issuer

    def forget(self) -> None:
        """Do nothing: every token is minted afresh."""

    def _keyring(self) -> KeyRing:
        """Return the issuer's keys, read again only when a rotation has changed the file."""
        changed = self._key_file.stat().st_mtime_ns
        if self._cached is None or self._cached[0] != changed:
            self._cached = (changed, KeyRing.load(self._key_file))
        return self._cached[1]


class EhrClient:
    """A client of the EHR with a key of its own, registered at the mock: backend services as an app would use it.

    `token_url` is the endpoint's public address, which assertions name; `way` an address of it that no fault of the
    network lies on.
    """

    def __init__(self, ehr: Control, token_url: str, client_id: str, way: str = "") -> None:
        self._token_url = token_url
        self._way = way or token_url
        self._client_id = client_id
        self._key = RSAKey.generate_key(2048, {"kid": f"{client_id}-1", "alg": ALGORITHM}, private=True)
        jwks = {"keys": [self._key.as_dict(private=False)]}
        ehr.call("PUT", f"/clients/{client_id}", {"jwks": jwks, "scopes": ["system/*.*"]})

    def fetch(self) -> str:
        """Return a new access token. Raises HarnessError when the EHR gives none, Inconclusive without an answer."""
        now = int(time.time())
        claims = {
            "iss": self._client_id,
            "sub": self._client_id,
            "aud": self._token_url,
            "jti": uuid.uuid4().hex,
            "iat": now,
            "exp": now + 240,
        }
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": jwt.encode(
                {"alg": ALGORITHM, "kid": self._key.kid}, claims, self._key, algorithms=[ALGORITHM]
            ),
        }
        try:
            response = httpx.post(self._way, data=form, timeout=10.0, trust_env=False)
        except httpx.RequestError as error:  # a fault of a check may lie on the way
            raise Inconclusive(f"the EHR gives {self._client_id} no token: {type(error).__name__}: {error}") from None
        if not response.is_success:
            raise HarnessError(
                f"the EHR gives {self._client_id} no token: {response.status_code} {response.text[:300]}"
            )
        return str(response.json()["access_token"])


class EhrTokens:
    """Tokens of the EHR itself, for consumers that are its clients: nothing stands between them.

    The EHR decides what a token reaches (it ignores the scope asked for); wrong tokens are those of the lab's issuer,
    which the EHR has never heard of. Tokens are fetched by a `way` that spares the breakable network: a check of what a
    fault does to reads is not about how the harness gets in.
    """

    def __init__(self, ehr: Control, token_url: str, forged: IssuerTokens, way: str = "") -> None:
        self._ehr = ehr
        self._token_url = token_url
        self._way = way
        self._forged = forged
        self._clients: dict[str, EhrClient] = {}
        self._tokens: dict[str, str] = {}
        self._lock = threading.Lock()  # checks ask from many threads at once

    def token(
        self,
        client_id: str,
        *,
        scope: str = EVERYTHING,
        patient: str | None = None,  # noqa: ARG002 - the EHR decides what its token reaches
        user: str | None = None,  # noqa: ARG002 - as above
        lifetime_s: float = LIFETIME_S,
        audience: str | None = None,  # noqa: ARG002 - the EHR's tokens are for the EHR
        extra: Claims | None = None,  # noqa: ARG002 - the EHR decides what its token says
    ) -> str:
        """Return the client's token, fetched by backend services and reused within a check."""
        if lifetime_s < 0:
            return self._forged.wrong("expired", client_id, scope=scope)
        with self._lock:
            if client_id not in self._clients:
                self._clients[client_id] = EhrClient(self._ehr, self._token_url, client_id, self._way)
            if client_id not in self._tokens:
                self._tokens[client_id] = self._clients[client_id].fetch()
            return self._tokens[client_id]

    def wrong(self, kind: str, client_id: str, *, scope: str = EVERYTHING) -> str:
        """Return a token that is wrong in one way."""
        return self._forged.wrong(kind, client_id, scope=scope)

    def attacker_visits(self) -> list[str]:
        """Return what was fetched for the sake of a wrong token."""
        return self._forged.attacker_visits()

    def require_issuer(self) -> IssuerControl:
        """Raise Inconclusive: there is no issuer between consumers and the EHR."""
        raise Inconclusive("consumers get their tokens from the EHR itself: there is no issuer to rotate or take down")

    def forget(self) -> None:
        """Fetch new tokens at the next need."""
        self._tokens.clear()
