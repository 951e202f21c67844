"""Client assertions: a signed JWT instead of a secret (RFC 7523; SMART backend services)."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from mock_ehr.clients import Client

ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384")
KEY_TYPES = {"RS": "RSA", "ES": "EC"}
MAX_LIFE_S = 300
MAX_JTI = 151
MAX_USED = 200_000


class AssertionRefusedError(ValueError):
    """An assertion that does not prove the client.

    The reason is for the journal; the wire does not tell it.
    """


@dataclass(frozen=True, slots=True)
class Unverified:
    """Header and claims of an assertion as sent, nothing checked."""

    header: dict[str, Any]
    claims: dict[str, Any]


def decode(assertion: str) -> Unverified:
    """Return header and claims without checking anything but their form. Raises AssertionRefusedError."""
    parts = assertion.split(".")
    if len(parts) != 3:
        raise AssertionRefusedError("the assertion is no compact JWS of three parts")
    header, claims = (decode_part(part) for part in parts[:2])
    return Unverified(header, claims)


def decode_part(part: str) -> dict[str, Any]:
    """Return the JSON object in one base64url part. Raises AssertionRefusedError."""
    try:
        value = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise AssertionRefusedError("a part of the assertion is not base64url JSON") from error
    if not isinstance(value, dict):
        raise AssertionRefusedError("a part of the assertion is no JSON object")
    return value


class UsedIds:
    """The jti values that were used and are not yet expired."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, str], float] = {}

    def spend(self, client_id: str, jti: str, expires: float, now: float) -> None:
        """Mark `jti` as used. Raises AssertionRefusedError when it was used before."""
        if len(self._used) > MAX_USED:
            self._used = {key: end for key, end in self._used.items() if end > now}
        if self._used.get((client_id, jti), 0) > now:
            raise AssertionRefusedError("jti was used before")
        self._used[client_id, jti] = expires

    def clear(self) -> None:
        """Forget all."""
        self._used.clear()


def verify(assertion: str, client: Client, audience: str, now: float) -> Unverified:
    """Return header and claims of an assertion that proves `client` at `now` (epoch s) with its registered keys.

    Raises AssertionRefusedError.
    """
    seen = judge(assertion, client, audience, now)
    check_signature(assertion, seen.header, client.keys)
    return seen


def judge(assertion: str, client: Client, audience: str, now: float) -> Unverified:
    """Return header and claims when all but the signature is right. Raises AssertionRefusedError."""
    seen = decode(assertion)
    check_header(seen.header, client)
    check_names(seen.claims, client.client_id, audience)
    check_times(seen.claims, now)
    jti = seen.claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= MAX_JTI:
        raise AssertionRefusedError(f"jti is {jti!r}; it is a text of 1 to {MAX_JTI} characters")
    return seen


def check_header(header: dict[str, Any], client: Client) -> None:
    """Refuse an algorithm that is not offered, another type than JWT, and a foreign key-set address."""
    if header.get("alg") not in ALGORITHMS:
        raise AssertionRefusedError(f"alg is {header.get('alg')!r}; valid: {', '.join(ALGORITHMS)}")
    if header.get("typ", "JWT") != "JWT":
        raise AssertionRefusedError(f"typ is {header['typ']!r}; it is JWT when it is given")
    if "jku" in header and header["jku"] != client.jku:
        raise AssertionRefusedError("jku is not the registered key-set address")


def candidates(header: dict[str, Any], keys: KeySet | None, *, by_kid: bool = True) -> Iterator[RSAKey | ECKey]:
    """Yield the keys that the header may mean: by kid when it names one, else all of the right type."""
    for key in keys.keys if keys else ():
        if not isinstance(key, RSAKey | ECKey) or key.key_type != KEY_TYPES[header["alg"][:2]]:
            continue
        if not by_kid or "kid" not in header or header["kid"] == key.kid:
            yield key


def check_signature(assertion: str, header: dict[str, Any], keys: KeySet | None, *, by_kid: bool = True) -> None:
    """Refuse an assertion that none of the candidate keys signed."""
    registry = jws.JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
    known = False
    for key in candidates(header, keys, by_kid=by_kid):
        known = True
        try:
            jws.deserialize_compact(assertion, key, registry=registry)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        return
    raise AssertionRefusedError(
        "the signature does not fit" if known else f"no registered key for kid {header.get('kid')!r}"
    )


def check_names(claims: dict[str, Any], client_id: str, audience: str) -> None:
    """Refuse unless iss = sub = client id and aud is the token endpoint."""
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise AssertionRefusedError("iss and sub are not both the client id")
    if claims.get("aud") not in (audience, [audience]):
        raise AssertionRefusedError(f"aud is {claims.get('aud')!r}, not the token endpoint {audience!r}")


def check_times(claims: dict[str, Any], now: float) -> None:
    """Refuse unless exp is at most 5 min ahead, and nbf and iat are past and within 5 min of exp."""
    expires = number(claims, "exp")
    if expires is None:
        raise AssertionRefusedError("exp is missing")
    if expires <= now:
        raise AssertionRefusedError("exp has passed")
    if expires > now + MAX_LIFE_S:
        raise AssertionRefusedError(f"exp is more than {MAX_LIFE_S} s ahead")
    for name in ("nbf", "iat"):
        value = number(claims, name)
        if value is None:
            continue
        if value > now:
            raise AssertionRefusedError(f"{name} is in the future")
        if expires - value > MAX_LIFE_S:
            raise AssertionRefusedError(f"{name} is more than {MAX_LIFE_S} s before exp")


def number(claims: dict[str, Any], name: str) -> float | None:
    """Return a numeric claim, None when absent. Raises AssertionRefusedError when it is no number."""
    value = claims.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value)):
        raise AssertionRefusedError(f"{name} is {value!r}; it is a number")
    return value
