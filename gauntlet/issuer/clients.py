"""The issuer's clients and how they prove who they are at its endpoints (RFC 6749 section 2.3, RFC 7523)."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_ALGORITHMS = ("RS384", "ES384", "RS256", "ES256")
ASSERTION_LIFETIME_S = 300
SKEW_S = 30


class OAuthError(Exception):
    """An error answer of RFC 6749, section 5.2; `challenge` when the client used the Authorization header."""

    def __init__(self, code: str, description: str, *, status: int = 400, challenge: bool = False) -> None:
        super().__init__(f"{code}: {description}")
        self.code, self.description, self.status, self.challenge = code, description, status, challenge


def invalid_client(description: str, *, challenge: bool = False) -> OAuthError:
    """Return the error for a client that did not prove who it is."""
    return OAuthError("invalid_client", description, status=401, challenge=challenge)


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client: `secret` for client_secret_basic and _post, `jwks` for private_key_jwt.

    `scopes` is what it may ask for, `audience` what its tokens are for unless it asks for another; a client
    that is not `active` gets no tokens and its tokens are inactive.
    """

    client_id: str
    secret: str | None = None
    jwks: Mapping[str, Any] | None = None
    scopes: tuple[str, ...] = ()
    audience: str | None = None
    active: bool = True

    @classmethod
    def from_document(cls, client_id: str, document: Mapping[str, Any]) -> Client:
        """Read a registration. Raises ValueError naming the field that is unknown or of a wrong type."""
        kinds = {"secret": str, "jwks": dict, "scopes": list, "audience": str, "active": bool}
        for name, value in document.items():
            if name not in kinds:
                raise ValueError(f"unknown field {name!r}; valid: {', '.join(kinds)}")
            if value is not None and not isinstance(value, kinds[name]):
                raise ValueError(f"{name} is {value!r}; it must be of type {kinds[name].__name__}")
        scopes = tuple(str(scope) for scope in document.get("scopes") or ())
        active = document.get("active") is not False
        return cls(client_id, document.get("secret"), document.get("jwks"), scopes, document.get("audience"), active)


class ClientRegistry:
    """All clients by id, and the assertions that were used up."""

    def __init__(self) -> None:
        self._clients: dict[str, Client] = {}
        self._used: dict[tuple[str, str], float] = {}  # (client id, jti) -> expiry

    def put(self, client: Client) -> None:
        """Add or replace a client."""
        self._clients[client.client_id] = client

    def get(self, client_id: str) -> Client | None:
        """Return a client."""
        return self._clients.get(client_id)

    def forget_assertions(self) -> None:
        """Let used assertions be used again."""
        self._used.clear()

    def authenticate(
        self, authorization: str, form: Mapping[str, str], audiences: tuple[str, ...], now: float
    ) -> Client:
        """Return the client that a request proves to come from. Raises OAuthError.

        `audiences` are the values of `aud` that an assertion may have; `now` is in seconds since the epoch.
        """
        basic = authorization[:6].lower() == "basic "
        ways = [basic, "client_assertion" in form, "client_secret" in form]
        if sum(ways) > 1:
            raise OAuthError("invalid_request", "more than one way of client authentication")
        if basic:
            return self._by_secret(*basic_credentials(authorization), challenge=True)
        if "client_assertion" in form:
            return self._by_assertion(form, audiences, now)
        if "client_secret" in form:
            return self._by_secret(form.get("client_id", ""), form["client_secret"], challenge=False)
        raise invalid_client("no client authentication", challenge=bool(authorization))

    def _by_secret(self, client_id: str, secret: str, *, challenge: bool) -> Client:
        client = self._clients.get(client_id)
        expected = client.secret if client else None
        if not expected or not hmac.compare_digest(expected.encode(), secret.encode()):
            raise invalid_client("unknown client or wrong secret", challenge=challenge)
        return self._checked(client)

    def _by_assertion(self, form: Mapping[str, str], audiences: tuple[str, ...], now: float) -> Client:
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            raise OAuthError("invalid_request", f"client_assertion_type must be {ASSERTION_TYPE}")
        client, claims = self._verified(form["client_assertion"])
        if form.get("client_id", client.client_id) != client.client_id:
            raise invalid_client("client_id is not the assertion's")
        problem = assertion_problem(claims, client.client_id, audiences, now)
        if problem:
            raise invalid_client(problem)
        used = (client.client_id, str(claims["jti"]))
        self._used = {key: expiry for key, expiry in self._used.items() if expiry > now}
        if used in self._used:
            raise invalid_client("the assertion's jti was used before")
        self._used[used] = float(claims["exp"]) + SKEW_S
        return self._checked(client)

    def _verified(self, assertion: str) -> tuple[Client, dict[str, Any]]:
        try:
            client = self._clients.get(str(unverified_claims(assertion).get("iss")))
            if client is None or not client.jwks:
                raise invalid_client("the assertion's iss is no client with a key set")
            keys = KeySet.import_key_set({"keys": list(client.jwks.get("keys", []))})
            return client, jwt.decode(assertion, keys, algorithms=ASSERTION_ALGORITHMS).claims
        except (JoseError, ValueError) as error:
            raise invalid_client(f"the assertion does not verify: {error}") from error

    def _checked(self, client: Client | None) -> Client:
        if client is None or not client.active:
            raise invalid_client("the client is not active")
        return client


def basic_credentials(authorization: str) -> tuple[str, str]:
    """Return id and secret of a Basic header, form-decoded (RFC 6749 2.3.1).

    Raises OAuthError invalid_client.
    """
    try:
        decoded = base64.b64decode(authorization[6:].strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise invalid_client("the Basic credentials are not base64", challenge=True) from error
    client_id, _, secret = decoded.partition(":")
    return unquote_plus(client_id), unquote_plus(secret)


def unverified_claims(token: str) -> dict[str, Any]:
    """Return the claims of a token without a look at its signature. Raises ValueError when it is none."""
    parts = token.split(".")
    if len(parts) != 3:
        raise ValueError("not a compact token")
    claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    if not isinstance(claims, dict):
        raise ValueError("the claims are not a JSON object")  # noqa: TRY004 - a bad token, not a wrong call
    return claims


def assertion_problem(claims: Mapping[str, Any], client_id: str, audiences: tuple[str, ...], now: float) -> str | None:
    """Return what is wrong with an assertion's claims (RFC 7523 3, SMART Backend Services), or None."""
    audience, expiry = claims.get("aud"), claims.get("exp")
    named = audience if isinstance(audience, list) else [audience]
    if claims.get("sub") != client_id:
        return "iss and sub must both be the client id"
    if not any(name in audiences for name in named):
        return f"aud must be {audiences[0]}"
    if not isinstance(expiry, int | float) or isinstance(expiry, bool):
        return "exp is missing"
    if not now - SKEW_S < expiry <= now + ASSERTION_LIFETIME_S + SKEW_S:
        return f"exp must lie at most {ASSERTION_LIFETIME_S} s ahead"
    if not claims.get("jti"):
        return "jti is missing"
    return None
