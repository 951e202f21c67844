"""Minting consumer tokens: compact JSON Web Tokens, right ones and any other a check asks for. Pure."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gauntlet.issuer.keys import KeyRing, KeyRingError

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TokenRecipe:
    """What an access token says; `now` is added when it is made. Times in seconds.

    `patient` is the launch patient's id, `user` the fhirUser reference ("Practitioner/..."); `subject`
    defaults to the client id and `jti` to a random one; `extra` adds claims or replaces them.
    """

    issuer: str
    audience: str
    client_id: str
    scope: str
    lifetime_s: float = 300
    patient: str | None = None
    user: str | None = None
    subject: str | None = None
    jti: str | None = None
    extra: Claims = field(default_factory=dict)

    def claims(self, now: float) -> dict[str, Any]:
        """Return the claims of a token issued at `now` (seconds since the epoch)."""
        issued = int(now)
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": self.subject or self.client_id,
            "aud": self.audience,
            "exp": int(issued + self.lifetime_s),
            "iat": issued,
            "nbf": issued,
            "jti": self.jti or uuid.uuid4().hex,
            "scope": self.scope,
            "client_id": self.client_id,
        }
        launch = {"patient": self.patient, "fhirUser": self.user}
        claims.update({name: value for name, value in launch.items() if value is not None})
        return {**claims, **self.extra}


def claims_for(issuer: str, audience: str, client_id: str, scope: str, now: float, **options: Any) -> dict[str, Any]:
    """Return the claims of a good token; `options` are the other fields of TokenRecipe.

    Raises TypeError for an unknown option.
    """
    return TokenRecipe(issuer, audience, client_id, scope, **options).claims(now)


def mint(
    keyring: KeyRing,
    claims: Claims,
    *,
    key: str = "active",
    alg: str = "RS256",
    headers: Mapping[str, Any] | None = None,
) -> str:
    """Return a signed token in compact form (RFC 7515, section 7.1).

    `key` is a name of the ring (active, foreign, retired, es256), `alg` must be that key's algorithm.
    `headers` adds header parameters or replaces them, also `kid`; a value of None leaves one out. Raises
    KeyRingError.
    """
    signing = keyring.key(key)
    if signing.alg != alg:
        raise KeyRingError(f"key {key!r} signs with {signing.alg}, not with {alg}")
    header = {"alg": alg, "typ": "JWT", "kid": signing.kid, **(headers or {})}
    return assembled({k: v for k, v in header.items() if v is not None}, claims, signing.sign)


def assembled(header: Mapping[str, Any], claims: Claims, sign: Callable[[bytes], bytes]) -> str:
    """Return header, claims and signature in compact form, whatever nonsense they are."""
    message = f"{part(header)}.{part(claims)}"
    return f"{message}.{base64url(sign(message.encode('ascii')))}"


def part(document: Mapping[str, Any]) -> str:
    """Return a JSON object as a part of a token."""
    return base64url(json.dumps(document, separators=(",", ":")).encode())


def base64url(data: bytes) -> str:
    """Return base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
