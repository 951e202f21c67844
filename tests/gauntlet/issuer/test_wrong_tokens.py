"""Each wrong token against a strict verifier that reports everything it finds wrong: it must be one thing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from gauntlet.issuer.attacker import certificate_pem
from gauntlet.issuer.keys import KeyRing
from gauntlet.issuer.mint import claims_for, mint
from gauntlet.issuer.wrong_tokens import WRONG_TOKENS, wrong_token

NOW = 1_800_000_000
ISSUER, AUDIENCE = "http://127.0.0.1:1", "http://127.0.0.1:2/fhir/R4"
ATTACKER = "http://127.0.0.1:3"


@pytest.fixture
def claims() -> dict[str, Any]:
    return claims_for(ISSUER, AUDIENCE, "app", "system/*.rs", NOW)


def decoded(part: str) -> dict[str, Any]:
    value = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    assert isinstance(value, dict)
    return value


def problems(ring: KeyRing, token: str) -> set[str]:
    """Return everything that is wrong with a token."""
    try:
        header, claims = (decoded(part) for part in token.split(".")[:2])
        if token.count(".") != 2:
            return {"form"}
    except ValueError:
        return {"form"}
    found = {f"header {name}" for name in ("jwk", "jku", "x5u", "x5c", "crit") if name in header}
    if header["alg"] != "RS256":
        return found | {f"alg {header['alg']}"} | claim_problems(claims)
    if header.get("kid") != ring.active.kid:
        found.add("kid")
    if not signed_by(ring.active.pem(), token):
        found.add("signature")
    return found | claim_problems(claims)


def signed_by(pem: bytes, token: str) -> bool:
    """Return whether the key that PEM holds has signed the token, whatever its header says."""
    message, _, signature = token.rpartition(".")
    algorithm = jws.JWSRegistry(algorithms=["RS256"]).get_alg("RS256")
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    return bool(algorithm.verify(message.encode(), raw, RSAKey.import_key(pem)))


def claim_problems(claims: dict[str, Any]) -> set[str]:
    found = set()
    if claims.get("iss") != ISSUER:
        found.add("iss")
    if claims.get("aud") != AUDIENCE:
        found.add("aud")
    if claims.get("exp", 0) <= NOW:
        found.add("exp")
    if claims.get("nbf", NOW) > NOW or claims.get("iat", NOW) > NOW:
        found.add("nbf")
    return found


EXPECTED: dict[str, set[str]] = {
    "expired": {"exp"},
    "not-yet-valid": {"nbf"},
    "soon-valid": {"nbf"},
    "other-audience": {"aud"},
    "other-issuer": {"iss"},
    "bad-signature": {"signature"},
    "no-signature": {"signature"},
    "unknown-kid": {"kid"},
    "foreign-key": {"signature"},
    "retired-key": {"kid", "signature"},
    "missing-exp": {"exp"},
    "missing-aud": {"aud"},
    "missing-iss": {"iss"},
    "garbage": {"form"},
    "truncated": {"form"},
    "alg-none": {"alg none"},
    "alg-none-mixed-case": {"alg nOnE"},
    "hs256-with-public-key": {"alg HS256"},
    "hs256-with-public-key-jwk": {"alg HS256"},
    "embedded-jwk": {"header jwk", "kid", "signature"},
    "embedded-x5c": {"header x5c", "kid", "signature"},
    "foreign-jku": {"header jku", "kid", "signature"},
    "foreign-x5u": {"header x5u", "kid", "signature"},
    "unknown-crit": {"header crit"},
}


def test_the_verifier_finds_nothing_wrong_with_the_good_token(ring: KeyRing, claims: dict[str, Any]) -> None:
    assert problems(ring, mint(ring, claims)) == set()


@pytest.mark.parametrize("name", WRONG_TOKENS)
def test_a_wrong_token_is_wrong_in_its_own_way_only(ring: KeyRing, claims: dict[str, Any], name: str) -> None:
    before = dict(claims)
    token = wrong_token(name, ring, claims, ATTACKER)
    assert problems(ring, token) == EXPECTED[name]
    assert claims == before
    assert token.isascii()


@pytest.mark.parametrize("name", WRONG_TOKENS)
def test_joserfc_refuses_what_is_wrong_with_key_and_algorithm(ring: KeyRing, claims: dict[str, Any], name: str) -> None:
    keys = KeySet.import_key_set(ring.jwks())
    token = wrong_token(name, ring, claims, ATTACKER)
    if EXPECTED[name] <= {"exp", "nbf", "aud", "iss"}:
        assert jwt.decode(token, keys, algorithms=["RS256"]).claims != claims
    else:
        with pytest.raises((JoseError, ValueError)):
            jwt.decode(token, keys, algorithms=["RS256"])


def test_every_entry_says_what_is_wrong_and_whose_requirement_it_is() -> None:
    assert set(WRONG_TOKENS) == set(EXPECTED)
    for name, entry in WRONG_TOKENS.items():
        assert entry.name == name
        assert entry.wrong.startswith("it")
        assert entry.requirement in {"AUT-02", "AUT-03", "AUT-08", "AUT-10"}


def parts(ring: KeyRing, claims: dict[str, Any], name: str) -> tuple[dict[str, Any], bytes, bytes]:
    token = wrong_token(name, ring, claims, ATTACKER)
    message, _, signature = token.rpartition(".")
    return decoded(token.split(".")[0]), message.encode(), base64.urlsafe_b64decode(signature + "==")


def test_a_gullible_verifier_would_accept_the_hmac_tokens(ring: KeyRing, claims: dict[str, Any]) -> None:
    modulus = base64.urlsafe_b64decode(ring.active.jwk()["n"] + "==")
    for name, secret in {"hs256-with-public-key": ring.active.pem(), "hs256-with-public-key-jwk": modulus}.items():
        _, message, signature = parts(ring, claims, name)
        assert hmac.digest(secret, message, "sha256") == signature


@pytest.mark.parametrize("name", ["embedded-jwk", "embedded-x5c", "foreign-jku", "foreign-x5u", "foreign-key"])
def test_a_gullible_verifier_would_accept_the_attacker_s_key(ring: KeyRing, claims: dict[str, Any], name: str) -> None:
    assert signed_by(ring.foreign.pem(), wrong_token(name, ring, claims, ATTACKER))


def test_the_offered_keys_are_the_attacker_s(ring: KeyRing, claims: dict[str, Any]) -> None:
    public = ring.foreign.private.public_key()
    assert parts(ring, claims, "embedded-jwk")[0]["jwk"] == ring.foreign.jwk()
    chain = parts(ring, claims, "embedded-x5c")[0]["x5c"]
    assert x509.load_der_x509_certificate(base64.b64decode(chain[0])).public_key() == public
    assert parts(ring, claims, "foreign-jku")[0]["jku"] == f"{ATTACKER}/attacker/jwks.json"
    header = parts(ring, claims, "foreign-x5u")[0]
    assert header["x5u"] == f"{ATTACKER}/attacker/certificate.pem"
    served = x509.load_pem_x509_certificate(certificate_pem(ring.foreign, NOW + 3600))
    der = served.public_bytes(Encoding.DER)
    assert base64.urlsafe_b64decode(header["x5t#S256"] + "=") == hashlib.sha256(der).digest()
    assert served.not_valid_before_utc.timestamp() < NOW < served.not_valid_after_utc.timestamp()


def test_the_truncated_token_is_the_first_half_of_a_good_one(ring: KeyRing, claims: dict[str, Any]) -> None:
    assert mint(ring, claims).startswith(wrong_token("truncated", ring, claims))


def test_an_unknown_name_is_told_with_the_closest(ring: KeyRing, claims: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="did you mean 'expired'"):
        wrong_token("expird", ring, claims)
