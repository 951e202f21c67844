"""The issuer itself, without HTTP: tokens granted, examined and revoked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gauntlet.issuer.clients import Client, ClientRegistry, OAuthError
from gauntlet.issuer.journal import Journal
from gauntlet.issuer.keys import KeyRing, SigningKey
from gauntlet.issuer.mint import TokenRecipe, mint

TOKEN_LIFETIME_S = 300
TOKEN_ALGORITHMS = ("RS256", "ES256")
INACTIVE: dict[str, Any] = {"active": False}
# What introspection tells of a token (RFC 7662 section 2.2; SMART App Launch 2.2, token introspection).
TOLD_CLAIMS = ("scope", "client_id", "exp", "iat", "nbf", "sub", "aud", "iss", "jti", "patient", "fhirUser")


class Issuer:
    """One issuer: its keys, clients and what it has revoked. `url` is the `iss` of its tokens."""

    def __init__(self, url: str, keyring_file: Path, clock: Callable[[], float]) -> None:
        self.url = url
        self.keyring = KeyRing.load(keyring_file)
        self.clients = ClientRegistry()
        self.journal = Journal(clock)
        self.clock = clock
        self._keyring_file = keyring_file
        self._revoked: set[str] = set()

    @property
    def token_url(self) -> str:
        """The token endpoint."""
        return f"{self.url}/token"

    def client(self, authorization: str, form: Mapping[str, str]) -> Client:
        """Return the client that a request comes from. Raises OAuthError."""
        return self.clients.authenticate(authorization, form, (self.token_url, self.url), self.clock())

    def grant(self, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
        """Return the answer to a token request of an authenticated client (RFC 6749, section 4.4).

        The audience is the request's `audience` or `resource` (RFC 8707), else the client's registered one.
        """
        if "grant_type" not in form:
            raise OAuthError("invalid_request", "grant_type is missing")
        if form["grant_type"] != "client_credentials":
            raise OAuthError("unsupported_grant_type", "the only grant type is client_credentials")
        asked = form.get("scope", "").split() or list(client.scopes)
        refused = [scope for scope in asked if scope not in client.scopes]
        if refused or not asked:
            raise OAuthError("invalid_scope", f"not granted to this client: {' '.join(refused) or 'any scope'}")
        audience = form.get("audience") or form.get("resource") or client.audience
        if not audience:
            raise OAuthError("invalid_target", "no audience: register one or send audience or resource")
        recipe = TokenRecipe(self.url, audience, client.client_id, " ".join(asked), TOKEN_LIFETIME_S)
        return {
            "access_token": mint(self.keyring, recipe.claims(self.clock())),
            "token_type": "Bearer",
            "expires_in": TOKEN_LIFETIME_S,
            "scope": recipe.scope,
        }

    def active_claims(self, token: str) -> dict[str, Any] | None:
        """Return the claims of a token that is good now: ours, in time, not revoked, client not off.

        A client that was never registered counts as good: the harness mints tokens for clients of its own
        making.
        """
        claims = self._own_claims(token)
        if claims is None:
            return None
        now = self.clock()
        client = self.clients.get(str(claims.get("client_id")))
        in_time = number(claims.get("nbf"), 0) <= now < number(claims.get("exp"), 0)
        withdrawn = claims.get("jti") in self._revoked or (client is not None and not client.active)
        return claims if in_time and not withdrawn else None

    def _own_claims(self, token: str) -> dict[str, Any] | None:
        try:
            keys = KeySet.import_key_set({"keys": self.keyring.jwks()["keys"]})
            claims = jwt.decode(token, keys, algorithms=TOKEN_ALGORITHMS).claims
        except (JoseError, ValueError):
            return None
        return claims if claims.get("iss") == self.url else None

    def introspect(self, token: str) -> dict[str, Any]:
        """Return what is known of a token (RFC 7662); exactly `{"active": false}` unless it is good."""
        claims = self.active_claims(token)
        if claims is None:
            return INACTIVE
        told = {name: claims[name] for name in TOLD_CLAIMS if name in claims}
        return {"active": True, "token_type": "Bearer", **told}

    def revoke(self, client: Client, token: str) -> None:
        """Revoke a token of this client (RFC 7009); an unknown or dead one is as good as revoked.

        Raises OAuthError for a token of another client.
        """
        claims = self._own_claims(token)
        if claims is None:
            return
        if claims.get("client_id") != client.client_id:
            raise OAuthError("unauthorized_client", "the token was issued to another client")
        self.withdraw(str(claims.get("jti")))

    def withdraw(self, jti: str) -> None:
        """Revoke the token with this `jti`."""
        self._revoked.add(jti)

    def rotate(self, new: SigningKey) -> dict[str, str]:
        """Sign and publish with `new` from now on, retire the present key, and write the key ring file."""
        retired = self.keyring.active.kid
        self.keyring = self.keyring.rotated(new)
        self.keyring.save(self._keyring_file)
        return {"kid": new.kid, "retired": retired}

    def reset(self) -> None:
        """Forget journal, revocations and used assertions; keep keys and clients."""
        self.journal.clear()
        self.clients.forget_assertions()
        self._revoked.clear()


def number(value: object, default: float) -> float:
    """Return a claim that should be a number, else the default."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else default
