"""Client registrations."""

from __future__ import annotations

from typing import Any

import pytest
from joserfc import jwk

from mock_ehr.clients import Approval, Clients, RegistrationError, parse_client


def test_scopes_and_apis_may_differ(key: jwk.RSAKey) -> None:
    keys = {"keys": [key.as_dict(private=False)]}
    client = parse_client("gw", {"jwks": keys, "scopes": ["system/*.*"], "apis": ["system/Patient.r"]})
    assert client.scopes == ("system/*.*",)
    assert client.apis == {("Patient", "r")}
    plain = parse_client("gw", {"jwks": keys})
    assert (plain.scopes, plain.background_user, plain.jku) == (("system/*.*",), True, "")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"jwks": None}, "a client is"),
        ({"jwks": {"keys": []}}, "no keys"),
        ({"jwks": {"keys": "x"}}, "no keys"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "AA"}]}}, "neither RSA nor EC"),
        ({"jwks": {"keys": [{"kty": "RSA"}]}}, "cannot be read"),
        ({"jwks": {"keys": ["x"]}}, "neither RSA nor EC"),
        ({"scopes": "system/*.*"}, "list of texts"),
        ({"scopes": []}, "list of texts"),
        ({"scopes": ["lunch"]}, "'lunch' is not understood"),
        ({"secret": "x"}, "unknown field 'secret'"),
    ],
)
def test_says_what_is_wrong(key: jwk.RSAKey, change: dict[str, Any], words: str) -> None:
    good = {"jwks": {"keys": [key.as_dict(private=False)]}}
    with pytest.raises(RegistrationError, match=words):
        parse_client("gw", good | change)


@pytest.mark.parametrize("raw", [None, [], "x", {}])
def test_wants_an_object(raw: Any) -> None:
    with pytest.raises(RegistrationError):
        parse_client("gw", raw)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({}, "give one of jwks, jwks_uri, client_secret, public, not none"),
        ({"client_secret": "x", "public": True}, "not client_secret and public"),
        ({"client_secret": 7}, "client_secret is 7"),
        ({"jwks_uri": "https://127.0.0.1/k"}, "only http addresses"),
        ({"jwks_uri": "http://keys.test/k"}, "only http addresses on 127.0.0.1"),
        ({"public": True, "redirect_uris": "http://x"}, "list of texts"),
        ({"public": True, "redirect_uris": ["/relative"]}, "absolute"),
        ({"public": True, "redirect_uris": ["http://x#y"]}, "no fragment"),
        ({"public": True, "refresh": "daily"}, "valid: fixed, rolling, indefinite"),
        ({"public": True, "auto_approve": "yes"}, "auto_approve is 'yes'"),
        ({"public": True, "auto_approve": {"who": "x"}}, "auto_approve is"),
        ({"public": True, "auto_approve": {"user": 1}}, "user is 1"),
        ({"public": True, "propagation_s": -1}, "0 or more"),
        ({"public": True, "propagation_s": True}, "0 or more"),
        ({"public": True, "background_user": "no"}, "true or false"),
    ],
)
def test_says_what_is_wrong_with_an_app(raw: dict[str, Any], words: str) -> None:
    with pytest.raises(RegistrationError, match=words):
        parse_client("app", raw)


def test_an_app_with_all_its_fields() -> None:
    client = parse_client(
        "app",
        {
            "client_secret": "s",
            "scopes": ["launch", "offline_access", "patient/Patient.rs"],
            "redirect_uris": ["http://a/b", "my.app:/back"],
            "refresh": "rolling",
            "auto_approve": {"user": "Practitioner/1", "patient": "p"},
            "propagation_s": 5,
        },
    )
    assert client.has_secret("s")
    assert not client.has_secret("")
    assert len(client.secret_digest) == 64
    assert (client.keys, client.is_public, client.refresh, client.propagation_s) == (None, False, "rolling", 5.0)
    assert client.apis == {("Patient", "r"), ("Patient", "s")}
    assert client.approval == Approval("Practitioner/1", "p")
    public = parse_client("app", {"public": True, "auto_approve": False})
    assert (public.is_public, public.approval, public.has_secret("")) == (True, None, False)


def test_a_registration_is_in_force_when_it_has_spread() -> None:
    now = [0.0]
    clients = Clients(lambda: now[0])
    clients.propagation_s = 10.0
    first, second = parse_client("a", {"public": True}), parse_client("a", {"client_secret": "x"})
    clients["a"] = first
    assert (list(clients), len(clients), clients["a"], clients.in_force("a")) == (["a"], 1, first, None)
    now[0] = 10.0
    assert clients.in_force("a") == first
    clients["a"] = second
    assert (clients["a"], clients.in_force("a")) == (second, first)
    now[0] = 15.0
    clients["a"] = parse_client("a", {"public": True, "propagation_s": 0})
    assert clients.in_force("a") == clients["a"]
    assert clients.pop("a").is_public
    assert (clients.in_force("a"), clients.in_force("b")) == (None, None)
