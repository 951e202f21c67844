"""Tokens that are wrong in exactly one way, each made from the claims of a good one.

A gateway has to refuse every one of them; `requirement` names the row of the catalogue it belongs to. The
attacks on the algorithm are those of RFC 8725 (JSON Web Token Best Current Practices).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from gauntlet.errors import closest
from gauntlet.issuer.attacker import CERTIFICATE_PATH, JWKS_PATH, certificate_der, x5c
from gauntlet.issuer.keys import KeyRing
from gauntlet.issuer.mint import Claims, assembled, base64url, mint

HOUR_S = 3600
NOWHERE = "https://attacker.invalid"
UNKNOWN_KID = "no-such-key"
UNKNOWN_EXTENSION = "https://attacker.invalid/must-understand"


@dataclass(frozen=True, slots=True)
class Forgery:
    """What a wrong token is made from; `attacker` is the URL where the attacker's documents are served."""

    ring: KeyRing
    claims: Claims
    attacker: str = NOWHERE

    def signed(self, changes: Claims | None = None, without: str = "", **options: Any) -> str:
        """Return a token with changed claims, or without one of them."""
        claims = {**self.claims, **(changes or {})}
        claims.pop(without, None)
        return mint(self.ring, claims, **options)

    def by_foreign_key(self, **headers: Any) -> str:
        """Return a token signed by the attacker, with header parameters that offer the attacker's key."""
        return self.signed(key="foreign", headers=headers)

    @property
    def issued(self) -> int:
        """When the good token was issued."""
        return int(self.claims["iat"])


@dataclass(frozen=True, slots=True)
class WrongToken:
    """A kind of wrong token: `wrong` is the one thing that is, as a sentence for the report."""

    name: str
    wrong: str
    requirement: str
    make: Callable[[Forgery], str]


def expired(forgery: Forgery) -> str:
    """A token of two hours ago that lasted one."""
    issued = forgery.issued - 2 * HOUR_S
    return forgery.signed({"iat": issued, "nbf": issued, "exp": issued + HOUR_S})


def not_yet_valid(forgery: Forgery) -> str:
    """A token for later."""
    start = forgery.issued + HOUR_S
    return forgery.signed({"nbf": start, "exp": start + HOUR_S})


def soon_valid(forgery: Forgery) -> str:
    """A token for 90 seconds later: more than the minute that clocks may differ."""
    start = forgery.issued + 90
    return forgery.signed({"nbf": start, "exp": start + HOUR_S})


def bad_signature(forgery: Forgery) -> str:
    """A good token with one bit of its signature turned."""
    key = forgery.ring.active

    def turned(message: bytes) -> bytes:
        signature = key.sign(message)
        return bytes([signature[0] ^ 1]) + signature[1:]

    return assembled({"alg": key.alg, "typ": "JWT", "kid": key.kid}, forgery.claims, turned)


def no_signature(forgery: Forgery) -> str:
    """A good token with its signature cut off."""
    return forgery.signed().rpartition(".")[0] + "."


def unsigned(forgery: Forgery, alg: str) -> str:
    """A token that says that it needs no signature."""
    return assembled({"alg": alg, "typ": "JWT"}, forgery.claims, lambda _: b"")


def keyed(forgery: Forgery, secret: bytes) -> str:
    """A token whose HMAC secret is something public."""
    header = {"alg": "HS256", "typ": "JWT", "kid": forgery.ring.active.kid}
    return assembled(header, forgery.claims, lambda message: hmac.digest(secret, message, "sha256"))


def modulus(ring: KeyRing) -> bytes:
    """Return the modulus of the active key: what the `n` of its JWK says."""
    private = ring.active.private
    assert isinstance(private, RSAPrivateKey)  # noqa: S101 - the active key is always RSA
    return private.public_key().public_numbers().n.to_bytes(private.key_size // 8)


def embedded_chain(forgery: Forgery) -> str:
    """A token that brings the attacker's certificate along."""
    return forgery.by_foreign_key(x5c=x5c(forgery.ring.foreign, forgery.issued))


def foreign_certificate_url(forgery: Forgery) -> str:
    """A token that points at the attacker's certificate."""
    der = certificate_der(forgery.ring.foreign, forgery.issued)
    thumbprint = base64url(hashlib.sha256(der).digest())
    return forgery.by_foreign_key(**{"x5u": forgery.attacker + CERTIFICATE_PATH, "x5t#S256": thumbprint})


TABLE = (
    WrongToken("expired", "it expired an hour ago", "AUT-02", expired),
    WrongToken("not-yet-valid", "it is valid in an hour only (nbf)", "AUT-02", not_yet_valid),
    WrongToken("soon-valid", "it is valid in 90 seconds only (nbf)", "AUT-08", soon_valid),
    WrongToken(
        "other-audience",
        "its audience is another API",
        "AUT-02",
        lambda f: f.signed({"aud": f"{NOWHERE}/fhir/R4"}),
    ),
    WrongToken("other-issuer", "its issuer is another one", "AUT-02", lambda f: f.signed({"iss": NOWHERE})),
    WrongToken("bad-signature", "its signature has one bit turned", "AUT-02", bad_signature),
    WrongToken("no-signature", "its signature is cut off", "AUT-02", no_signature),
    WrongToken("unknown-kid", "its kid is of no key", "AUT-02", lambda f: f.signed(headers={"kid": UNKNOWN_KID})),
    WrongToken(
        "foreign-key",
        "it is signed by another key than the one that its kid names",
        "AUT-02",
        lambda f: f.by_foreign_key(kid=f.ring.active.kid),
    ),
    WrongToken(
        "retired-key",
        "it is signed by a key that is not published any more",
        "AUT-10",
        lambda f: f.signed(key="retired"),
    ),
    WrongToken("missing-exp", "it never expires", "AUT-02", lambda f: f.signed(without="exp")),
    WrongToken("missing-aud", "it names no audience", "AUT-02", lambda f: f.signed(without="aud")),
    WrongToken("missing-iss", "it names no issuer", "AUT-02", lambda f: f.signed(without="iss")),
    WrongToken("garbage", "it is no token", "AUT-02", lambda _: "bm90.YQ.dG9rZW4"),
    WrongToken("truncated", "its second half is missing", "AUT-02", lambda f: (t := f.signed())[: len(t) // 2]),
    WrongToken("alg-none", "its algorithm is none", "AUT-03", lambda f: unsigned(f, "none")),
    WrongToken("alg-none-mixed-case", "its algorithm is nOnE", "AUT-03", lambda f: unsigned(f, "nOnE")),
    WrongToken(
        "hs256-with-public-key",
        "its HMAC secret is the public key in PEM",
        "AUT-03",
        lambda f: keyed(f, f.ring.active.pem()),
    ),
    WrongToken(
        "hs256-with-public-key-jwk",
        "its HMAC secret is the public key's modulus, as in the JWK",
        "AUT-03",
        lambda f: keyed(f, modulus(f.ring)),
    ),
    WrongToken(
        "embedded-jwk",
        "it brings the key that signed it along (jwk)",
        "AUT-03",
        lambda f: f.by_foreign_key(jwk=f.ring.foreign.jwk()),
    ),
    WrongToken("embedded-x5c", "it brings its own certificate along (x5c)", "AUT-03", embedded_chain),
    WrongToken(
        "foreign-jku",
        "it points at a key set of a foreign host (jku)",
        "AUT-03",
        lambda f: f.by_foreign_key(jku=f.attacker + JWKS_PATH),
    ),
    WrongToken("foreign-x5u", "it points at a certificate of a foreign host (x5u)", "AUT-03", foreign_certificate_url),
    WrongToken(
        "unknown-crit",
        "it has a critical header parameter that nobody knows",
        "AUT-03",
        lambda f: f.signed(headers={"crit": [UNKNOWN_EXTENSION], UNKNOWN_EXTENSION: True}),
    ),
)
WRONG_TOKENS: dict[str, WrongToken] = {token.name: token for token in TABLE}


def wrong_token(name: str, keyring: KeyRing, claims: Claims, attacker: str = NOWHERE) -> str:
    """Return the wrong token `name` made from the `claims` of a good one. Raises ValueError for no such name.

    `attacker` is the URL of the issuer's control port: with it, a gateway that follows a foreign URL finds
    the attacker's key there, and the issuer's journal shows that it went.
    """
    if name not in WRONG_TOKENS:
        meant = closest(name, WRONG_TOKENS)
        raise ValueError(f"no wrong token is called {name!r}{meant}; valid: {', '.join(WRONG_TOKENS)}")
    return WRONG_TOKENS[name].make(Forgery(keyring, claims, attacker.rstrip("/")))
