"""Client registrations."""

from __future__ import annotations

from typing import Any

import pytest
from joserfc import jwk

from mock_ehr.clients import RegistrationError, parse_client


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
