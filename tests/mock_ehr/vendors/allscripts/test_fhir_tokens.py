"""Veradigm's token endpoint: RSA only, keys of last night, scopes by name, errors without a word."""

from __future__ import annotations

import json

import pytest
from joserfc import jwk, jwt

from mock_ehr.vendors.allscripts.fhir.keys import next_pull
from tests.mock_ehr.vendors.allscripts.clinic import START, TOKEN_PATH, Clinic

NIGHT = START + 12 * 3600  # two in the morning


def refused(clinic: Clinic, assertion: str, **changes: str) -> str:
    seen = clinic.ask_token(assertion, **changes)
    body = json.loads(seen.body)
    assert (seen.status, list(body)) == (400, ["error"])
    return str(body["error"])


def test_a_good_assertion_gets_the_scopes_it_asks_for(clinic: Clinic) -> None:
    body = clinic.ask_token(clinic.assertion(), scope="system/Patient.read").json()
    assert body == {
        "access_token": body["access_token"],
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "system/Patient.read",
    }


@pytest.mark.parametrize("life", [119, 1201])
def test_assertions_live_two_to_twenty_minutes(clinic: Clinic, life: int) -> None:
    assert refused(clinic, clinic.assertion(life=life)) == "invalid_client"


@pytest.mark.parametrize("life", [120, 1200])
def test_both_ends_are_good(clinic: Clinic, life: int) -> None:
    assert clinic.ask_token(clinic.assertion(life=life)).status == 200


@pytest.mark.parametrize(
    "claims",
    [{"aud": "http://elsewhere/token"}, {"sub": "other"}, {"iss": "other", "sub": "other"}, {"jti": ""}, {"exp": 1}],
    ids=str,
)
def test_wrong_claims(clinic: Clinic, claims: dict[str, object]) -> None:
    assert refused(clinic, clinic.assertion(**claims)) == "invalid_client"


def test_an_assertion_is_good_for_one_use(clinic: Clinic) -> None:
    assertion = clinic.assertion()
    assert clinic.ask_token(assertion).status == 200
    assert refused(clinic, assertion) == "invalid_client"


@pytest.mark.parametrize(
    ("assertion", "changes", "error"),
    [
        ("", {"client_secret": "s"}, "invalid_client"),
        ("a.b", {}, "invalid_request"),
        ("x.y.z", {}, "invalid_request"),
        ("good", {"client_assertion_type": "other"}, "invalid_request"),
        ("good", {"grant_type": "password"}, "unsupported_grant_type"),
        ("good", {"grant_type": ""}, "invalid_request"),
        ("good", {"scope": ""}, "invalid_scope"),
        ("good", {"scope": "system/Patient.read system/Observation.rs"}, "invalid_scope"),
        ("good", {"scope": "system/Patient.write"}, "invalid_scope"),
        ("good", {"scope": "patients"}, "invalid_scope"),
    ],
)
def test_other_failures(clinic: Clinic, assertion: str, changes: dict[str, str], error: str) -> None:
    assert refused(clinic, clinic.assertion() if assertion == "good" else assertion, **changes) == error


def test_elliptic_keys_do_not_count(clinic: Clinic, key: jwk.RSAKey) -> None:
    curve = jwk.ECKey.generate_key("P-384", {"kid": "curve"})
    keys = [key.as_dict(private=False), curve.as_dict(private=False)]
    clinic.vendor.register("app", {"jwks": {"keys": keys}, "pulled": True})
    now = int(clinic.ticker.now)
    claims = {
        "iss": "app",
        "sub": "app",
        "aud": f"http://ehr.test{TOKEN_PATH}",
        "jti": "1",
        "exp": now + 300,
        "iat": now,
    }
    signed = jwt.encode({"alg": "ES384", "kid": "curve"}, claims, curve, algorithms=["ES384"])
    assert refused(clinic, signed) == "invalid_client"


def test_a_rotated_key_works_tomorrow(clinic: Clinic, key: jwk.RSAKey) -> None:
    fresh = jwk.RSAKey.generate_key(2048, {"kid": "key-2"})
    told = clinic.vendor.register("app", {"jwks": {"keys": [fresh.as_dict(private=False)]}})
    assert told["keys_pulled"] is False
    assert refused(clinic, clinic.assertion(fresh)) == "invalid_client"
    assert clinic.journal()[-1]["note"] == "the key was published after the last nightly pull"
    assert clinic.ask_token(clinic.assertion(key)).status == 200
    clinic.ticker.now = NIGHT - 1
    assert refused(clinic, clinic.assertion(fresh)) == "invalid_client"
    clinic.ticker.now = NIGHT
    assert clinic.ask_token(clinic.assertion(fresh)).status == 200
    assert refused(clinic, clinic.assertion(key)) == "invalid_client"


@pytest.mark.parametrize(
    ("since", "pull"),
    [
        (START, NIGHT),
        (NIGHT, NIGHT + 86_400),
        (1_772_949_600.0, 1_773_036_000.0),  # 8 March 2026, 01:00: there is no two o'clock, so an hour later counts
        (1_793_509_200.0, 1_793_516_400.0),  # 1 November 2026, 01:00: the first of two
    ],
)
def test_the_night_of_the_hospital(since: float, pull: float) -> None:
    assert since < next_pull(since, 2) <= pull
