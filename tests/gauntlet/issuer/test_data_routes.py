"""The public endpoints of a running issuer."""

from __future__ import annotations

import base64
import time
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key
from joserfc import jwt
from joserfc.jwk import KeySet

from gauntlet.issuer.clients import ASSERTION_TYPE
from gauntlet.issuer.mint import claims_for, mint

Issuer = Any  # the Running of conftest, which a test module can't import
GRANT = {"grant_type": "client_credentials"}
APP = ("app", "a secret")


def token(issuer: Issuer, **options: Any) -> str:
    return mint(issuer.ring, claims_for(issuer.url, "http://gw", "app", "system/*.rs", time.time(), **options))


def told(issuer: Issuer, of: str, **options: Any) -> httpx.Response:
    response: httpx.Response = issuer.data.post("/introspect", data={"token": of}, **{"auth": APP, **options})
    return response


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"])
def test_discovery_leads_to_endpoints_that_exist(issuer: Issuer, path: str) -> None:
    document = issuer.data.get(path).json()
    assert document["issuer"] == issuer.url
    assert issuer.data.get(document["jwks_uri"]).status_code == 200
    for name in ("token_endpoint", "introspection_endpoint", "revocation_endpoint"):
        assert issuer.data.post(document[name]).status_code == 400


def test_minted_tokens_verify_with_the_served_keys(issuer: Issuer) -> None:
    answer = issuer.data.get("/jwks")
    assert answer.headers["cache-control"] == "public, max-age=5"
    keys = KeySet.import_key_set(answer.json())
    claims = jwt.decode(token(issuer, patient="p1"), keys, algorithms=["RS256"]).claims
    assert (claims["iss"], claims["patient"]) == (issuer.url, "p1")


def test_the_realm_document_holds_the_same_key(issuer: Issuer) -> None:
    document = issuer.data.get("/").json()
    assert sorted(document) == ["account-service", "public_key", "realm", "token-service", "tokens-not-before"]
    public = load_der_public_key(base64.b64decode(document["public_key"]))
    assert public == issuer.ring.active.private.public_key()


@pytest.mark.parametrize("way", ["basic", "post", "private_key_jwt"])
def test_each_way_of_client_authentication_gets_a_token(issuer: Issuer, way: str) -> None:
    if way == "basic":
        answer = issuer.data.post("/token", data=GRANT, auth=APP)
    elif way == "post":
        answer = issuer.data.post("/token", data={**GRANT, "client_id": APP[0], "client_secret": APP[1]})
    else:
        registration = {"jwks": issuer.ring.jwks(), "scopes": ["system/*.rs"], "audience": "http://gw"}
        assert issuer.control.put("/clients/back-end", json=registration).is_success
        now = time.time()
        claims = {"iss": "back-end", "sub": "back-end", "aud": f"{issuer.url}/token", "exp": now + 60, "jti": str(now)}
        fields = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": mint(issuer.ring, claims)}
        answer = issuer.data.post("/token", data={**GRANT, **fields})
    assert answer.status_code == 200
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    assert told(issuer, answer.json()["access_token"]).json()["active"] is True


@pytest.mark.parametrize(
    ("fields", "auth", "status", "code"),
    [
        ({}, APP, 400, "invalid_request"),
        ({"grant_type": "password"}, APP, 400, "unsupported_grant_type"),
        ({**GRANT, "scope": "system/*.cruds"}, APP, 400, "invalid_scope"),
        (GRANT, ("app", "wrong"), 401, "invalid_client"),
        (GRANT, None, 401, "invalid_client"),
        ({"grant_type": ["client_credentials", "password"]}, APP, 400, "invalid_request"),
    ],
)
def test_token_errors_are_those_of_rfc_6749(
    issuer: Issuer, fields: dict[str, Any], auth: Any, status: int, code: str
) -> None:
    answer = issuer.data.post("/token", data=fields, auth=auth)
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert sorted(answer.json()) == ["error", "error_description"]
    assert ("www-authenticate" in answer.headers) is (status == 401 and auth is not None)
    assert answer.headers["cache-control"] == "no-store"


def test_a_token_request_must_be_a_form(issuer: Issuer) -> None:
    assert issuer.data.post("/token", json=GRANT, auth=APP).json()["error"] == "invalid_request"
    assert issuer.data.get("/token").status_code == 405


def test_introspection_wants_a_client_or_a_good_bearer_token(issuer: Issuer) -> None:
    good = token(issuer)
    assert told(issuer, good).json()["client_id"] == "app"
    bearer = {"Authorization": f"Bearer {good}"}
    assert told(issuer, good, auth=None, headers=bearer).json()["active"] is True
    refused = told(issuer, good, auth=None, headers={"Authorization": "Bearer nonsense"})
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Bearer error="invalid_token"')
    assert told(issuer, good, auth=None).status_code == 401
    assert told(issuer, "nonsense").json() == {"active": False}
    assert issuer.data.post("/introspect", data={}, auth=APP).json()["error"] == "invalid_request"


def test_revocation(issuer: Issuer) -> None:
    good = token(issuer)
    assert issuer.data.post("/revoke", data={"token": "nonsense"}, auth=APP).status_code == 200
    assert told(issuer, good).json()["active"] is True
    answer = issuer.data.post("/revoke", data={"token": good}, auth=APP)
    assert (answer.status_code, answer.content) == (200, b"")
    assert told(issuer, good).json() == {"active": False}
    assert issuer.data.post("/revoke", data={"token": good}).status_code == 401
    assert issuer.data.post("/revoke", data={}, auth=APP).json()["error"] == "invalid_request"


def test_the_journal_tells_who_asked_for_what(issuer: Issuer) -> None:
    issuer.data.get("/jwks")
    issuer.data.get("/nonsense")
    issuer.data.post("/token", data=GRANT, auth=APP)
    issuer.data.post("/token", data=GRANT)
    assert issuer.endpoints() == [("jwks", 200), ("unknown", 404), ("token", 200), ("token", 401)]
    entries = issuer.control.get("/requests").json()["entries"]
    assert [entry["client_id"] for entry in entries] == [None, None, "app", None]
    assert abs(entries[0]["at"] - time.time()) < 60
