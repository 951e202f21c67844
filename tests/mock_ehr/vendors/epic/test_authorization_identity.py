"""id_tokens, and what is published about them."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from joserfc import jwk, jwt

from mock_ehr.message import Request
from tests.mock_ehr.vendors.epic.launching import App

OAUTH = "http://ehr.test/FHIR/oauth2"


@pytest.fixture
def app(desk: Any) -> App:
    return App(desk)


def get(desk: Any, address: str) -> Any:
    seen = desk.send(Request("GET", address.removeprefix("http://ehr.test"), "", {}))
    assert (seen.status, seen.headers["content-type"]) == (200, "application/json; charset=utf-8")
    return seen.json()


def test_the_published_key_proves_who_the_user_is(app: App) -> None:
    desk = app.desk
    body = app.log_in(scope="openid fhirUser profile patient/*.read", nonce="n-1")
    published = get(desk, get(desk, f"{OAUTH}/.well-known/openid-configuration")["jwks_uri"])
    key = jwk.RSAKey.import_key(published["keys"][0])
    assert "d" not in published["keys"][0]
    token = jwt.decode(body["id_token"], key, algorithms=["RS256"])
    digest = base64.b64encode(hashlib.sha256(key.as_der(private=False)).digest()).decode()
    assert token.header == {"alg": "RS256", "kid": digest, "typ": "JWT"}
    now = int(desk.ticker.now)
    assert token.claims == {
        "aud": "app",
        "exp": now + 300,
        "fhirUser": f"http://ehr.test/FHIR/api/FHIR/R4/Patient/{body['patient']}",
        "iat": now,
        "iss": OAUTH,
        "nonce": "n-1",
        "preferred_username": body["patient"].upper()[:12],
        "sub": body["patient"],
    }
    plain = jwt.decode(app.log_in(scope="openid patient/*.read")["id_token"], key, algorithms=["RS256"])
    assert plain.claims.keys() == {"aud", "exp", "iat", "iss", "sub"}
    assert "id_token" not in app.log_in(scope="fhirUser patient/*.read")


def test_a_clinician_is_a_practitioner(desk: Any) -> None:
    user = next(desk.state.store.of_type("Practitioner")).id
    app = App(desk, registration={"auto_approve": {"user": f"Practitioner/{user}"}})
    body = app.log_in(scope="openid fhirUser user/*.read")
    claims = jwt.decode(body["id_token"], desk.site.signer.key, algorithms=["RS256"]).claims
    assert claims["fhirUser"] == f"http://ehr.test/FHIR/api/FHIR/R4/Practitioner/{user}"
    assert desk.get(f"Practitioner/{user}", token=body["access_token"]).status == 200


def test_the_documents_agree_and_do_not_list_introspection(desk: Any) -> None:
    smart = get(desk, "/FHIR/api/FHIR/R4/.well-known/smart-configuration")
    first = get(desk, "/FHIR/oauth2/.well-known/openid-configuration")
    assert first == get(desk, "/FHIR/api/FHIR/R4/.well-known/openid-configuration")
    for name in ("issuer", "jwks_uri", "authorization_endpoint", "token_endpoint", "grant_types_supported"):
        assert smart[name] == first[name], name
    assert smart["issuer"] == OAUTH
    assert smart["token_endpoint_auth_methods_supported"] == [
        "client_secret_post",
        "client_secret_basic",
        "private_key_jwt",
    ]
    assert smart["code_challenge_methods_supported"] == ["S256"]
    assert not any("introspection" in name or "revocation" in name for name in (*smart, *first))


@pytest.mark.parametrize("path", ["2019/Security/Open/PublicKeys/530027/OIDC", "2019/Security/Open/PublicKeys/x"])
def test_other_methods_and_paths(desk: Any, path: str) -> None:
    known = path.endswith("OIDC")
    assert desk.send(Request("POST", f"/FHIR/api/epic/{path}", "", {})).status == (405 if known else 404)
    assert desk.send(Request("POST", "/FHIR/oauth2/.well-known/openid-configuration", "", {})).status == 405
