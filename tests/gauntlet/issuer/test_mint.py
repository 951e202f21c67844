from __future__ import annotations

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from gauntlet.issuer.keys import KeyRing, KeyRingError
from gauntlet.issuer.mint import TokenRecipe, base64url, claims_for, mint

NOW = 1_800_000_000.7


def verified(ring: KeyRing, token: str) -> jwt.Token:
    return jwt.decode(token, KeySet.import_key_set(ring.jwks()), algorithms=["RS256", "ES256"])


def test_the_claims_of_a_good_token() -> None:
    claims = claims_for("http://issuer", "http://gw", "app", "system/*.rs", NOW, patient="p1", user="Practitioner/7")
    assert len(claims.pop("jti")) == 32
    assert claims == {
        "iss": "http://issuer",
        "sub": "app",
        "aud": "http://gw",
        "exp": 1_800_000_300,
        "iat": 1_800_000_000,
        "nbf": 1_800_000_000,
        "scope": "system/*.rs",
        "client_id": "app",
        "patient": "p1",
        "fhirUser": "Practitioner/7",
    }


def test_what_is_not_asked_for_is_absent_and_extra_claims_win() -> None:
    recipe = TokenRecipe("i", "a", "app", "s", lifetime_s=60, jti="j", subject="u", extra={"aud": ["b"], "x": 1})
    claims = recipe.claims(NOW)
    assert (claims["aud"], claims["x"], claims["jti"], claims["sub"]) == (["b"], 1, "j", "u")
    assert claims["exp"] - claims["iat"] == 60
    assert not {"patient", "fhirUser"} & set(claims)


def test_each_token_has_its_own_jti() -> None:
    recipe = TokenRecipe("i", "a", "app", "s")
    assert recipe.claims(NOW)["jti"] != recipe.claims(NOW)["jti"]


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(TypeError, match="pateint"):
        claims_for("i", "a", "app", "s", NOW, pateint="p1")


@pytest.mark.parametrize(("key", "alg"), [("active", "RS256"), ("es256", "ES256")])
def test_tokens_verify_with_the_published_keys(ring: KeyRing, key: str, alg: str) -> None:
    claims = claims_for("i", "a", "app", "s", NOW)
    token = verified(ring, mint(ring, claims, key=key, alg=alg))
    assert token.claims == claims
    assert token.header == {"alg": alg, "typ": "JWT", "kid": ring.key(key).kid}


def test_headers_are_added_replaced_and_left_out(ring: KeyRing) -> None:
    token = mint(ring, {"sub": "x"}, headers={"typ": "at+jwt", "cty": "1", "kid": None})
    key = RSAKey.import_key(ring.active.pem())
    header = jwt.decode(token, key, algorithms=["RS256"]).header
    assert header == {"alg": "RS256", "typ": "at+jwt", "cty": "1"}


def test_a_key_signs_with_its_own_algorithm_only(ring: KeyRing) -> None:
    with pytest.raises(KeyRingError, match="signs with ES256, not with RS256"):
        mint(ring, {}, key="es256")


@pytest.mark.parametrize(("data", "text"), [(b"", ""), (b"\xff\xfe", "__4"), (b"abc", "YWJj")])
def test_base64url_has_no_padding(data: bytes, text: str) -> None:
    assert base64url(data) == text
