"""Verification of consumers' access tokens (RFC 7519, RFC 8725): everything is checked, nothing believed.

The key comes from the issuer's key set only; `jwk`, `jku`, `x5c`, `x5u` and `crit` in a header are refused.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from reference_gateway.clock import Clock
from reference_gateway.exchange import Caller
from reference_gateway.issuer_keys import IssuerKeys, PublicKey

ALGORITHMS: Mapping[str, str] = {"RS256": "RSA", "ES256": "EC"}
_REFUSED_HEADERS = ("jwk", "jku", "x5c", "x5u", "crit", "b64")
_TYPES = ("jwt", "at+jwt", "application/at+jwt")
_LONGEST_TOKEN = 8_000
PURPOSE_CLAIM = "purpose_of_use"  # a code of HL7 v3 PurposeOfUse, as IHE IUA states it


class InvalidToken(Exception):
    """The token is not acceptable; the message says why without quoting the token."""


@dataclass(frozen=True)
class ParsedToken:
    """The parts of a compact token, not verified."""

    raw: str
    header: dict[str, Any]
    claims: dict[str, Any]


class TokenVerifier:
    """Verifies tokens of one issuer for one audience."""

    def __init__(self, keys: IssuerKeys, issuer: str, audience: str, clock: Clock, leeway_s: float) -> None:
        self.keys = keys
        self.issuer = issuer
        self.audience = audience
        self.clock = clock
        self.leeway_s = leeway_s

    async def verify(self, raw: str) -> Caller:
        """Return who the token speaks for. Raises InvalidToken; Refusal 503 when the keys cannot be had."""
        token = parse(raw)
        self.check_header(token.header)
        key = await self.find_key(token)
        self.check_signature(token, key)
        self.check_issuer(token.claims)
        self.check_audience(token.claims)
        self.check_times(token.claims)
        return caller_from(token.claims)

    def check_header(self, header: Mapping[str, Any]) -> None:
        """Refuse algorithms off the list, unknown types, and header fields that name keys or extensions."""
        self.check_algorithm(header)
        refused = [name for name in self.refused_headers() if name in header]
        if refused:
            raise InvalidToken(f"the header field {refused[0]} is not accepted")
        if str(header.get("typ", "JWT")).lower() not in _TYPES:
            raise InvalidToken("the token is not an access token")

    def check_algorithm(self, header: Mapping[str, Any]) -> None:
        """Refuse algorithms that are not on the list (RFC 8725 section 3.1)."""
        if header.get("alg") not in ALGORITHMS:
            raise InvalidToken("the signature algorithm is not accepted")

    def refused_headers(self) -> tuple[str, ...]:
        """Return the header fields whose presence alone refuses a token."""
        return _REFUSED_HEADERS

    async def find_key(self, token: ParsedToken) -> PublicKey | None:
        """Return the issuer's key that the token names. Raises InvalidToken when there is none."""
        key_id = token.header.get("kid")
        key = await self.keys.key(key_id) if isinstance(key_id, str) else None
        if key is None:
            raise InvalidToken("the key id is unknown")
        return key

    def check_signature(self, token: ParsedToken, key: PublicKey | None) -> None:
        """Refuse a token that `key` did not sign with the named algorithm."""
        algorithm = str(token.header.get("alg"))
        if key is None or not fits(key, algorithm):
            raise InvalidToken("the key does not fit the algorithm")
        try:
            jws.deserialize_compact(token.raw, key, algorithms=[algorithm])
        except (JoseError, ValueError):
            raise InvalidToken("the signature does not verify") from None

    def check_issuer(self, claims: Mapping[str, Any]) -> None:
        """Refuse tokens of another issuer."""
        if claims.get("iss") != self.issuer:
            raise InvalidToken("the issuer is not accepted")

    def check_audience(self, claims: Mapping[str, Any]) -> None:
        """Refuse tokens made for somebody else."""
        audience = claims.get("aud")
        if self.audience not in (audience if isinstance(audience, list) else [audience]):
            raise InvalidToken("the token is for another audience")

    def check_times(self, claims: Mapping[str, Any]) -> None:
        """Refuse tokens outside their time, give or take the leeway."""
        self.check_expiry(claims, self.clock.wall())
        self.check_start(claims, self.clock.wall())

    def check_expiry(self, claims: Mapping[str, Any], now: float) -> None:
        """Refuse tokens that expired or never do."""
        expiry = _seconds(claims, "exp")
        if expiry is None or now >= expiry + self.leeway_s:
            raise InvalidToken("the token has expired")

    def check_start(self, claims: Mapping[str, Any], now: float) -> None:
        """Refuse tokens that are not valid yet or issued in the future."""
        for name in ("nbf", "iat"):
            start = _seconds(claims, name)
            if start is not None and start > now + self.leeway_s:
                raise InvalidToken("the token is not valid yet")


def parse(raw: str) -> ParsedToken:
    """Split a compact token without trusting it. Raises InvalidToken."""
    parts = raw.split(".")
    if len(raw) > _LONGEST_TOKEN or len(parts) != 3:
        raise InvalidToken("the token is malformed")
    return ParsedToken(raw, _object(parts[0]), _object(parts[1]))


def fits(key: PublicKey, algorithm: str) -> bool:
    """Tell whether a key is meant for the algorithm (RFC 8725 section 3.1)."""
    kind = "RSA" if isinstance(key, RSAKey) else "EC"
    named = key.get("alg")
    curve = key.get("crv") if isinstance(key, ECKey) else None
    return ALGORITHMS.get(algorithm) == kind and named in (None, algorithm) and curve in (None, "P-256")


def caller_from(claims: Mapping[str, Any]) -> Caller:
    """Return the caller that verified claims describe. Raises InvalidToken when the client is not named."""
    client_id = claims.get("client_id", claims.get("azp"))
    if not isinstance(client_id, str) or not client_id:
        raise InvalidToken("the token names no client")
    subject, user = claims.get("sub"), claims.get("fhirUser")
    if user is None and subject not in (None, client_id):
        user = subject
    patient, scope = claims.get("patient"), claims.get("scope", "")
    texts = (user is None or isinstance(user, str), patient is None or isinstance(patient, str), isinstance(scope, str))
    if not all(texts):
        raise InvalidToken("a claim has the wrong type")
    purpose = claims.get(PURPOSE_CLAIM, "")
    token_id = claims.get("jti")
    if not isinstance(purpose, str) or not isinstance(token_id, str | None):
        raise InvalidToken("a claim has the wrong type")
    return Caller(
        client_id,
        user,
        patient or None,
        str(scope),
        _facilities(claims.get("facility")),
        purpose=purpose,
        issued_at=_seconds(claims, "iat") or 0.0,
        token_id=token_id,
        bound_to=_confirmation(claims.get("cnf")),
    )


def _confirmation(claim: Any) -> str | None:
    """Return the certificate's thumbprint in a confirmation (RFC 8705 section 3.1), None without one."""
    if claim is None:
        return None
    if not isinstance(claim, dict) or not isinstance(claim.get("x5t#S256", ""), str):
        raise InvalidToken("a claim has the wrong type")
    return claim.get("x5t#S256")


def _facilities(claim: Any) -> tuple[str, ...] | None:
    if claim is None:
        return None
    named = claim if isinstance(claim, list) else [claim]
    if not all(isinstance(name, str) for name in named):
        raise InvalidToken("a claim has the wrong type")
    return tuple(named)


def _object(part: str) -> dict[str, Any]:
    try:
        content = json.loads(base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise InvalidToken("the token is malformed") from None
    if not isinstance(content, dict):
        raise InvalidToken("the token is malformed")
    return content


def _seconds(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
        raise InvalidToken("a time in the token is malformed")
    return float(value)
