from __future__ import annotations

import base64
from typing import Any

import pytest

from gauntlet.issuer.clients import (
    ASSERTION_TYPE,
    Client,
    ClientRegistry,
    OAuthError,
    assertion_problem,
    basic_credentials,
    unverified_claims,
)
from gauntlet.issuer.keys import KeyRing
from gauntlet.issuer.mint import mint

NOW = 1_800_000_000
TOKEN_URL = "http://127.0.0.1:1/token"
AUDIENCES = (TOKEN_URL, "http://127.0.0.1:1")


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def assertion_claims(**changes: Any) -> dict[str, Any]:
    claims = {"iss": "back-end", "sub": "back-end", "aud": TOKEN_URL, "exp": NOW + 300, "jti": "one"}
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


@pytest.fixture
def registry(ring: KeyRing) -> ClientRegistry:
    registry = ClientRegistry()
    registry.put(Client("app:1", secret="s ecret%"))
    registry.put(Client("off", secret="x", active=False))
    registry.put(Client("back-end", jwks=ring.jwks()))
    return registry


def form(ring: KeyRing, claims: dict[str, Any], **changes: str) -> dict[str, str]:
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": mint(ring, claims), **changes}


def test_secrets_work_in_the_header_and_in_the_form(registry: ClientRegistry) -> None:
    by_header = registry.authenticate(basic("app%3A1:s+ecret%25"), {}, AUDIENCES, NOW)
    in_form = registry.authenticate("", {"client_id": "app:1", "client_secret": "s ecret%"}, AUDIENCES, NOW)
    assert by_header is in_form is registry.get("app:1")


@pytest.mark.parametrize(
    ("authorization", "fields", "code", "challenge"),
    [
        ("", {}, "invalid_client", False),
        ("Negotiate abc", {}, "invalid_client", True),
        (basic("app%3A1:wrong"), {}, "invalid_client", True),
        (basic("nobody:x"), {}, "invalid_client", True),
        (basic("back-end:"), {}, "invalid_client", True),
        (basic("off:x"), {}, "invalid_client", False),
        ("Basic !", {}, "invalid_client", True),
        ("", {"client_id": "app:1", "client_secret": "wrong"}, "invalid_client", False),
        ("", {"client_id": "back-end", "client_secret": ""}, "invalid_client", False),
        (basic("app%3A1:s+ecret%25"), {"client_secret": "s ecret%"}, "invalid_request", False),
        ("", {"client_assertion": "a.b.c"}, "invalid_request", False),
        ("", {"client_assertion": "a.b.c", "client_assertion_type": ASSERTION_TYPE}, "invalid_client", False),
        ("", {"client_assertion": "a", "client_assertion_type": ASSERTION_TYPE}, "invalid_client", False),
    ],
)
def test_who_does_not_prove_who_it_is_is_refused(
    registry: ClientRegistry, authorization: str, fields: dict[str, str], code: str, challenge: bool
) -> None:
    with pytest.raises(OAuthError) as caught:
        registry.authenticate(authorization, fields, AUDIENCES, NOW)
    assert (caught.value.code, caught.value.challenge) == (code, challenge)
    assert caught.value.status == (401 if code == "invalid_client" else 400)


def test_an_assertion_works_once(registry: ClientRegistry, ring: KeyRing) -> None:
    fields = form(ring, assertion_claims())
    assert registry.authenticate("", fields, AUDIENCES, NOW).client_id == "back-end"
    with pytest.raises(OAuthError, match="jti was used before"):
        registry.authenticate("", fields, AUDIENCES, NOW)
    assert registry.authenticate("", form(ring, assertion_claims(jti="two")), AUDIENCES, NOW)
    registry.forget_assertions()
    assert registry.authenticate("", fields, AUDIENCES, NOW)


def test_an_assertion_of_another_key_or_client_is_refused(registry: ClientRegistry, ring: KeyRing) -> None:
    forged = {**form(ring, {}), "client_assertion": mint(ring, assertion_claims(), key="foreign")}
    with pytest.raises(OAuthError, match="does not verify"):
        registry.authenticate("", forged, AUDIENCES, NOW)
    with pytest.raises(OAuthError, match="is no client with a key set"):
        registry.authenticate("", form(ring, assertion_claims(iss="app:1")), AUDIENCES, NOW)
    with pytest.raises(OAuthError, match="client_id is not"):
        registry.authenticate("", form(ring, assertion_claims(), client_id="app:1"), AUDIENCES, NOW)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, None),
        ({"aud": ["x", AUDIENCES[1]]}, None),
        ({"exp": NOW - 29}, None),
        ({"sub": "other"}, "iss and sub"),
        ({"aud": "http://elsewhere"}, TOKEN_URL),
        ({"aud": None}, TOKEN_URL),
        ({"exp": None}, "exp is missing"),
        ({"exp": True}, "exp is missing"),
        ({"exp": NOW - 31}, "at most 300 s ahead"),
        ({"exp": NOW + 331}, "at most 300 s ahead"),
        ({"jti": None}, "jti is missing"),
    ],
)
def test_what_an_assertion_has_to_say(changes: dict[str, Any], problem: str | None) -> None:
    found = assertion_problem(assertion_claims(**changes), "back-end", AUDIENCES, NOW)
    assert found == problem if problem is None or found is None else problem in found


@pytest.mark.parametrize("token", ["", "a.b", "a.!.c", "a.W10.c", "a.bm9wZQ.c"])
def test_what_is_no_token_has_no_claims(token: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        unverified_claims(token)


def test_basic_credentials_are_form_decoded() -> None:
    assert basic_credentials(basic("a%3Ab:c+d%25")) == ("a:b", "c d%")


def test_registrations_are_checked() -> None:
    client = Client.from_document("c", {"scopes": ["a"], "active": False, "secret": None})
    assert (client.scopes, client.active, client.secret) == (("a",), False, None)
    with pytest.raises(ValueError, match=r"unknown field 'scope'; valid: secret, jwks, scopes"):
        Client.from_document("c", {"scope": "a"})
    with pytest.raises(ValueError, match="scopes is 'a'; it must be of type list"):
        Client.from_document("c", {"scopes": "a"})
