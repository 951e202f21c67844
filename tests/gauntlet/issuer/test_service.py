from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gauntlet.issuer.clients import Client, OAuthError
from gauntlet.issuer.keys import KeyRing
from gauntlet.issuer.mint import claims_for, mint
from gauntlet.issuer.service import Issuer
from gauntlet.issuer.wrong_tokens import WRONG_TOKENS, wrong_token

URL = "http://127.0.0.1:1"
NOW = 1_800_000_000


class Clock:
    now = float(NOW)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def issuer(ring: KeyRing, tmp_path: Path) -> Issuer:
    ring.save(tmp_path / "ring.json")
    issuer = Issuer(URL, tmp_path / "ring.json", Clock())
    issuer.clients.put(Client("app", secret="x", scopes=("a", "b"), audience="http://gw"))
    return issuer


def app(issuer: Issuer) -> Client:
    client = issuer.clients.get("app")
    assert client
    return client


def good(issuer: Issuer, **options: Any) -> str:
    return mint(issuer.keyring, claims_for(URL, "http://gw", "app", "a", NOW, **options))


@pytest.mark.parametrize(
    ("asked", "scope", "audience"),
    [
        ({}, "a b", "http://gw"),
        ({"scope": "b"}, "b", "http://gw"),
        ({"audience": "http://other"}, "a b", "http://other"),
        ({"resource": "http://other"}, "a b", "http://other"),
    ],
)
def test_granted_tokens_are_good(issuer: Issuer, asked: dict[str, str], scope: str, audience: str) -> None:
    answer = issuer.grant(app(issuer), {"grant_type": "client_credentials", **asked})
    assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("Bearer", 300, scope)
    told = issuer.introspect(answer["access_token"])
    assert (told["active"], told["scope"], told["aud"], told["client_id"]) == (True, scope, audience, "app")
    assert (told["exp"], told["iss"]) == (NOW + 300, URL)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "scope": "a c"}, "invalid_scope"),
    ],
)
def test_other_requests_are_refused(issuer: Issuer, asked: dict[str, str], code: str) -> None:
    with pytest.raises(OAuthError) as caught:
        issuer.grant(app(issuer), asked)
    assert caught.value.code == code


def test_a_client_without_scopes_or_audience_gets_nothing(issuer: Issuer) -> None:
    asked = {"grant_type": "client_credentials"}
    with pytest.raises(OAuthError, match="invalid_scope"):
        issuer.grant(Client("c"), asked)
    with pytest.raises(OAuthError, match="invalid_target"):
        issuer.grant(Client("c", scopes=("a",)), asked)


def test_introspection_tells_the_launch_context(issuer: Issuer) -> None:
    told = issuer.introspect(good(issuer, patient="p1", user="Practitioner/7"))
    assert (told["patient"], told["fhirUser"]) == ("p1", "Practitioner/7")


# The gateway, not the issuer, has to look at the audience of a token that is otherwise good.
OF_ANOTHER_AUDIENCE = {"other-audience", "missing-aud"}


@pytest.mark.parametrize("name", sorted(set(WRONG_TOKENS) - OF_ANOTHER_AUDIENCE))
def test_wrong_tokens_are_inactive_and_nothing_else_is_told(issuer: Issuer, name: str) -> None:
    claims = claims_for(URL, "http://gw", "app", "a", NOW)
    assert issuer.introspect(wrong_token(name, issuer.keyring, claims)) == {"active": False}


def test_time_makes_a_token_inactive(issuer: Issuer) -> None:
    clock, token = issuer.clock, good(issuer)
    assert isinstance(clock, Clock)
    for now, active in ((NOW - 1, False), (NOW, True), (NOW + 299, True), (NOW + 300, False)):
        clock.now = now
        assert issuer.introspect(token)["active"] is active


def test_a_revoked_token_is_inactive_until_the_reset(issuer: Issuer) -> None:
    token, other = good(issuer, jti="one"), good(issuer, jti="two")
    issuer.revoke(app(issuer), token)
    assert issuer.introspect(token) == {"active": False}
    assert issuer.introspect(other)["active"] is True
    issuer.reset()
    assert issuer.introspect(token)["active"] is True


def test_revoking_what_is_no_token_is_fine_and_another_client_s_is_refused(issuer: Issuer) -> None:
    issuer.revoke(app(issuer), "nonsense")
    with pytest.raises(OAuthError, match="another client"):
        issuer.revoke(Client("other"), good(issuer))
    assert issuer.introspect(good(issuer))["active"] is True


def test_the_tokens_of_an_inactive_client_are_inactive_those_of_an_unknown_one_are_not(issuer: Issuer) -> None:
    stranger = mint(issuer.keyring, claims_for(URL, "http://gw", "stranger", "a", NOW))
    issuer.clients.put(Client("app", secret="x", active=False))
    assert issuer.introspect(good(issuer)) == {"active": False}
    assert issuer.introspect(stranger)["active"] is True


def test_rotation_publishes_the_new_key_and_drops_the_old_one(issuer: Issuer, ring: KeyRing, tmp_path: Path) -> None:
    before = good(issuer)
    answer = issuer.rotate(ring.foreign)
    assert answer == {"kid": ring.foreign.kid, "retired": ring.active.kid}
    assert ring.active.kid not in str(issuer.keyring.jwks())
    assert KeyRing.load(tmp_path / "ring.json").to_json() == issuer.keyring.to_json()
    assert issuer.introspect(before) == {"active": False}
    assert issuer.introspect(good(issuer))["active"] is True
