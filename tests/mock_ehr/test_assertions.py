"""Client assertions, wrong in one way each."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from joserfc import jwk, jwt

from mock_ehr.assertions import AssertionRefusedError, UsedIds, decode, verify
from mock_ehr.clients import Client, parse_client

NOW = 1_800_000_000.0
AUDIENCE = "http://ehr.test/FHIR/oauth2/token"
EC_KEY = jwk.ECKey.generate_key("P-256", {"kid": "ec-1"})
ALL = ["RS256", "RS384", "RS512", "ES256", "ES384", "PS384"]


def client(key: jwk.RSAKey, **more: Any) -> Client:
    keys = [key.as_dict(private=False), EC_KEY.as_dict(private=False)]
    return parse_client("gw", {"jwks": {"keys": keys}, **more})


def sign(key: Any, claims: dict[str, Any], header: dict[str, Any]) -> str:
    good = {"iss": "gw", "sub": "gw", "aud": AUDIENCE, "jti": "j-1", "exp": NOW + 240, "iat": NOW, "nbf": NOW}
    made = {name: value for name, value in (good | claims).items() if value is not None}
    head = {name: value for name, value in ({"alg": "RS384", "kid": "key-1"} | header).items() if value is not None}
    return jwt.encode(head, made, key, algorithms=ALL)


@pytest.mark.parametrize(
    ("claims", "header"),
    [
        pytest.param({}, {}, id="plain"),
        pytest.param({"iat": None, "nbf": None}, {}, id="without iat and nbf"),
        pytest.param({"exp": NOW + 300}, {}, id="five minutes exactly"),
        pytest.param({"aud": [AUDIENCE]}, {}, id="audience as a list"),
        pytest.param({"jti": "x" * 151}, {}, id="longest jti"),
        pytest.param({}, {"kid": None}, id="without kid"),
        pytest.param({}, {"alg": "RS256"}, id="RS256"),
        pytest.param({}, {"alg": "RS512"}, id="RS512"),
        pytest.param({}, {"jku": "https://keys.test/jwks"}, id="registered jku"),
    ],
)
def test_accepts(key: jwk.RSAKey, claims: dict[str, Any], header: dict[str, Any]) -> None:
    registered = client(key, jku="https://keys.test/jwks")
    assert verify(sign(key, claims, header), registered, AUDIENCE, NOW).claims["iss"] == "gw"


def test_accepts_an_elliptic_key(key: jwk.RSAKey) -> None:
    assertion = sign(EC_KEY, {}, {"alg": "ES256", "kid": "ec-1"})
    assert verify(assertion, client(key), AUDIENCE, NOW).header["alg"] == "ES256"


@pytest.mark.parametrize(
    ("claims", "header", "reason"),
    [
        pytest.param({"iss": "other"}, {}, "iss and sub", id="iss"),
        pytest.param({"sub": "other"}, {}, "iss and sub", id="sub"),
        pytest.param({"sub": None}, {}, "iss and sub", id="no sub"),
        pytest.param({"aud": "http://ehr.test/FHIR/api/FHIR/R4"}, {}, "aud", id="aud"),
        pytest.param({"aud": AUDIENCE + "/"}, {}, "aud", id="aud with slash"),
        pytest.param({"aud": None}, {}, "aud", id="no aud"),
        pytest.param({"exp": None}, {}, "exp is missing", id="no exp"),
        pytest.param({"exp": NOW}, {}, "has passed", id="expired"),
        pytest.param({"exp": NOW + 301}, {}, "more than 300 s", id="exp too far"),
        pytest.param({"exp": "soon"}, {}, "number", id="exp text"),
        pytest.param({"iat": NOW + 2}, {}, "iat is in the future", id="iat in the future"),
        pytest.param({"nbf": NOW + 2}, {}, "nbf is in the future", id="nbf in the future"),
        pytest.param({"iat": NOW - 100}, {}, "iat is more than", id="iat too old"),
        pytest.param({"jti": None}, {}, "jti", id="no jti"),
        pytest.param({"jti": 7}, {}, "jti", id="jti number"),
        pytest.param({"jti": "x" * 152}, {}, "jti", id="jti too long"),
        pytest.param({}, {"kid": "unknown"}, "no registered key", id="kid"),
        pytest.param({}, {"jku": "https://evil.test/jwks"}, "jku", id="jku"),
        pytest.param({}, {"alg": "PS384"}, "alg", id="alg not offered"),
    ],
)
def test_refuses(key: jwk.RSAKey, claims: dict[str, Any], header: dict[str, Any], reason: str) -> None:
    with pytest.raises(AssertionRefusedError, match=reason):
        verify(sign(key, claims, header), client(key), AUDIENCE, NOW)


def test_refuses_a_foreign_key_with_a_known_kid(key: jwk.RSAKey) -> None:
    stranger = jwk.RSAKey.generate_key(2048, {"kid": "key-1"})
    with pytest.raises(AssertionRefusedError, match="signature"):
        verify(sign(stranger, {}, {}), client(key), AUDIENCE, NOW)


def test_refuses_a_changed_payload(key: jwk.RSAKey) -> None:
    header, _, signature = sign(key, {}, {}).split(".")
    payload = sign(key, {"jti": "other"}, {}).split(".")[1]
    with pytest.raises(AssertionRefusedError, match="signature"):
        verify(f"{header}.{payload}.{signature}", client(key), AUDIENCE, NOW)


def test_refuses_the_public_key_used_as_a_shared_secret(key: jwk.RSAKey) -> None:
    claims = sign(key, {}, {}).split(".")[1]
    signed = f"{part(json.dumps({'alg': 'HS256', 'kid': 'key-1'}).encode())}.{claims}"
    mac = hmac.new(key.as_pem(private=False), signed.encode(), hashlib.sha256).digest()
    with pytest.raises(AssertionRefusedError, match="alg"):
        verify(f"{signed}.{part(mac)}", client(key), AUDIENCE, NOW)


def part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "text", ["", "a.b", "a.b.c", "....", "e30.e30", "bnVsbA.bnVsbA.x", "W10.e30.x", "\u00e9.\u00e9.x"]
)
def test_refuses_what_is_no_jwt(key: jwk.RSAKey, text: str) -> None:
    with pytest.raises(AssertionRefusedError):
        verify(text, client(key), AUDIENCE, NOW)


def test_refuses_alg_none(key: jwk.RSAKey) -> None:
    claims = sign(key, {}, {}).split(".")[1]
    with pytest.raises(AssertionRefusedError, match="alg"):
        verify(f"eyJhbGciOiJub25lIn0.{claims}.", client(key), AUDIENCE, NOW)


def test_decode_checks_nothing(key: jwk.RSAKey) -> None:
    seen = decode(sign(key, {"exp": 1}, {"kid": "unknown"}))
    assert (seen.header["kid"], seen.claims["exp"]) == ("unknown", 1)


def test_a_jti_is_spent_once_per_client_until_it_expires() -> None:
    used = UsedIds()
    used.spend("gw", "j", NOW + 60, NOW)
    used.spend("other", "j", NOW + 60, NOW)
    with pytest.raises(AssertionRefusedError, match="used before"):
        used.spend("gw", "j", NOW + 60, NOW + 59)
    used.spend("gw", "j", NOW + 600, NOW + 60)
    used.clear()
    used.spend("gw", "j", NOW + 600, NOW + 61)
