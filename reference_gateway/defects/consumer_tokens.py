"""Defects in judging consumers' tokens (AUT)."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from reference_gateway.authentication import Authentication
from reference_gateway.clock import Clock
from reference_gateway.consumer_tokens import InvalidToken, ParsedToken, TokenVerifier, caller_from, parse
from reference_gateway.defects.defect import Defect, swap
from reference_gateway.defects.identity import NeverAsksForRevocation
from reference_gateway.exchange import Caller, ConsumerRequest
from reference_gateway.issuer_keys import IssuerKeys, PublicKey
from reference_gateway.refusal import Refusal
from reference_gateway.settings import Settings, read_settings


class AcceptsAnonymous(Authentication):
    """Takes a request without a usable token for a trusted system."""

    async def caller(self, request: ConsumerRequest) -> Caller:
        """Return the caller, whoever it may be."""
        try:
            parse(self.token(request))
        except InvalidToken:
            return ANONYMOUS
        except Refusal as refusal:
            if refusal.status != 401:
                raise
            return ANONYMOUS
        return await super().caller(request)


ANONYMOUS = Caller("anonymous", None, None, "system/*.cruds")


class SkipsExpiry(TokenVerifier):
    """Never asks when a token ends."""

    def check_expiry(self, claims: Mapping[str, Any], now: float) -> None:
        """Accept."""


class SkipsNotBefore(TokenVerifier):
    """Never asks when a token starts."""

    def check_start(self, claims: Mapping[str, Any], now: float) -> None:
        """Accept."""


class SkipsAudience(TokenVerifier):
    """Accepts tokens made for other services."""

    def check_audience(self, claims: Mapping[str, Any]) -> None:
        """Accept."""


class SkipsIssuer(TokenVerifier):
    """Accepts tokens that name another issuer."""

    def check_issuer(self, claims: Mapping[str, Any]) -> None:
        """Accept."""


class SkipsSignature(TokenVerifier):
    """Looks the key up but does not verify with it."""

    def check_signature(self, token: ParsedToken, key: PublicKey | None) -> None:
        """Accept."""


class AcceptsUnknownKeyId(TokenVerifier):
    """Takes the first key when a token names one that is not published."""

    async def find_key(self, token: ParsedToken) -> PublicKey | None:
        """Return the named key, or any."""
        try:
            return await super().find_key(token)
        except InvalidToken:
            return self.keys.any_key()


class AcceptsAlgNone(TokenVerifier):
    """Believes a token that says it needs no signature."""

    async def verify(self, raw: str) -> Caller:
        """Return the caller; without signature when the header says none, in any spelling."""
        token = parse(raw)
        if str(token.header.get("alg")).lower() != "none":
            return await super().verify(raw)
        self.check_issuer(token.claims)
        self.check_audience(token.claims)
        self.check_times(token.claims)
        return caller_from(token.claims)


class AcceptsHs256PublicKey(TokenVerifier):
    """Lets the token choose HMAC, with the public key for a secret."""

    def check_algorithm(self, header: Mapping[str, Any]) -> None:
        """Accept HS256, too."""
        if header.get("alg") != "HS256":
            super().check_algorithm(header)

    def check_signature(self, token: ParsedToken, key: PublicKey | None) -> None:
        """Verify an HMAC made with any common form of the public key."""
        if token.header.get("alg") != "HS256":
            super().check_signature(token, key)
            return
        message, _, signature = token.raw.rpartition(".")
        found = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
        made = (hmac.digest(secret, message.encode(), "sha256") for secret in _public_forms(key))
        if not any(hmac.compare_digest(found, item) for item in made):
            raise InvalidToken("the signature does not verify")


def _public_forms(key: PublicKey | None) -> Iterator[bytes]:
    if isinstance(key, RSAKey):
        pem = key.as_pem(private=False)
        public = key.public_key
        yield from (pem, pem.strip(), key.as_der(private=False), str(key.as_dict(private=False)["n"]).encode())
        if isinstance(public, RSAPublicKey):
            yield public.public_numbers().n.to_bytes(public.key_size // 8)


def _require_signature(token: ParsedToken, key: PublicKey) -> None:
    """Verify the signature alone, without a look at the header's other fields."""
    message, _, signature = token.raw.rpartition(".")
    algorithm = jws.JWSRegistry.algorithms[str(token.header["alg"])]
    try:
        good = algorithm.verify(message.encode(), base64.urlsafe_b64decode(signature + "=="), key)
    except (JoseError, ValueError):
        good = False
    if not good:
        raise InvalidToken("the signature does not verify")


class TrustsEmbeddedJwk(TokenVerifier):
    """Verifies with the key that the token brings along."""

    def refused_headers(self) -> tuple[str, ...]:
        """Return what is still refused."""
        return tuple(name for name in super().refused_headers() if name != "jwk")

    async def find_key(self, token: ParsedToken) -> PublicKey | None:
        """Return the embedded key, or the issuer's."""
        embedded = token.header.get("jwk")
        if not isinstance(embedded, dict):
            return await super().find_key(token)
        kind = RSAKey if embedded.get("kty") == "RSA" else ECKey
        return kind.import_key(embedded)

    def check_signature(self, token: ParsedToken, key: PublicKey | None) -> None:
        """Verify the signature, with a header of any length."""
        if "jwk" not in token.header or key is None:
            super().check_signature(token, key)
        else:
            _require_signature(token, key)


class IgnoresCriticalHeader(TokenVerifier):
    """Overlooks header fields that it must understand."""

    def refused_headers(self) -> tuple[str, ...]:
        """Return what is still refused."""
        return tuple(name for name in super().refused_headers() if name != "crit")

    def check_signature(self, token: ParsedToken, key: PublicKey | None) -> None:
        """Verify the signature, whatever else the header demands."""
        if "crit" not in token.header or key is None:
            super().check_signature(token, key)
        else:
            _require_signature(token, key)


class GenerousClockSkew(TokenVerifier):
    """Honours tokens ten minutes beyond their time."""

    def __init__(self, keys: IssuerKeys, issuer: str, audience: str, clock: Clock, leeway_s: float) -> None:
        super().__init__(keys, issuer, audience, clock, max(leeway_s, 600.0))


class OpensWhenIssuerDown(TokenVerifier):
    """Believes every token while the issuer cannot be reached."""

    async def find_key(self, token: ParsedToken) -> PublicKey | None:
        """Return the key, None while the issuer is down."""
        try:
            key = await super().find_key(token)
        except Refusal:
            return None
        except InvalidToken:
            if self.keys.failing:
                return None
            raise
        return None if self.keys.failing else key

    def check_signature(self, token: ParsedToken, key: PublicKey | None) -> None:
        """Verify when there is a key."""
        if key is not None:
            super().check_signature(token, key)


class CachesKeysForever(IssuerKeys):
    """Fetches the issuer's keys once."""

    def age(self) -> float:
        """Return 0 once there are keys."""
        return 0.0 if self.any_key() else super().age()

    async def refresh(self, not_since: float, wait: bool = False) -> None:
        """Fetch only while there are no keys."""
        if self.any_key() is None:
            await super().refresh(not_since, wait)


class _AnyAudience(str):
    """An audience that equals every other."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash(str(self))


def without_audience(environment: Mapping[str, str]) -> Settings:
    """Read the settings; a missing audience means any."""
    if environment.get("GATEWAY_AUDIENCE"):
        return read_settings(environment)
    return replace(read_settings({**environment, "GATEWAY_AUDIENCE": "any"}), audience=_AnyAudience("any"))


def _believed(name: str, breaks: str, summary: str, verifier: type[TokenVerifier]) -> Defect:
    """Return the defect of a gateway that goes by `verifier` alone: the issuer, if asked, would know better."""
    return swap(name, breaks, summary, verifier=verifier, revocation=NeverAsksForRevocation)


DEFECTS = (
    swap("accepts-anonymous", "AUT-01", "serves requests without a token", authentication=AcceptsAnonymous),
    _believed("skips-expiry", "AUT-02", "accepts expired tokens", SkipsExpiry),
    _believed("skips-not-before", "AUT-02", "accepts tokens that are not valid yet", SkipsNotBefore),
    _believed("skips-audience", "AUT-02", "accepts tokens made for other services", SkipsAudience),
    _believed("skips-issuer", "AUT-02", "accepts tokens that name another issuer", SkipsIssuer),
    _believed("skips-signature", "AUT-02", "does not verify signatures", SkipsSignature),
    _believed("accepts-unknown-key-id", "AUT-02", "takes any key for an unknown key id", AcceptsUnknownKeyId),
    _believed("accepts-alg-none", "AUT-03", "accepts unsigned tokens", AcceptsAlgNone),
    _believed("accepts-hs256-public-key", "AUT-03", "accepts HMAC with the public key", AcceptsHs256PublicKey),
    _believed("trusts-embedded-jwk", "AUT-03", "verifies with the key in the token's header", TrustsEmbeddedJwk),
    _believed("ignores-critical-header", "AUT-03", "overlooks unknown critical headers", IgnoresCriticalHeader),
    _believed("generous-clock-skew", "AUT-08", "tolerates ten minutes of clock skew", GenerousClockSkew),
    swap("caches-keys-forever", "AUT-10", "fetches the issuer's keys only once", issuer_keys=CachesKeysForever),
    _believed("opens-when-issuer-down", "AUT-12", "believes all tokens when the issuer is down", OpensWhenIssuerDown),
    swap(
        "starts-without-audience", "AUT-13", "starts without an audience, accepts any", read_settings=without_audience
    ),
)
