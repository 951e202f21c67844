"""The control endpoints of a running issuer."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
from cryptography import x509

from gauntlet.issuer.mint import claims_for, mint

Issuer = Any  # the Running of conftest, which a test module can't import


@pytest.mark.parametrize("secret", ["", "Bearer", "Bearer wrong", "Basic control-secret", "control-secret", "Bearer é"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/health"), ("POST", "/rotate"), ("PUT", "/available"), ("GET", "/requests"), ("POST", "/reset")],
)
def test_the_secret_is_wanted(issuer: Issuer, method: str, path: str, secret: str) -> None:
    headers = {"Authorization": secret.encode()} if secret else {}
    answer = httpx.request(method, issuer.control_url + path, headers=headers, trust_env=False)
    assert answer.status_code == 401
    assert issuer.data.get("/jwks").status_code == 200


def test_health_names_issuer_and_key(issuer: Issuer) -> None:
    expected = {"status": "ok", "issuer": issuer.url, "kid": issuer.ring.active.kid}
    assert issuer.control.get("/health").json() == expected


def test_rotation_is_published_at_once_and_written_to_the_key_ring(issuer: Issuer) -> None:
    before = issuer.ring
    answer = issuer.control.post("/rotate").json()
    after = issuer.ring
    assert answer == {"kid": after.active.kid, "retired": before.active.kid}
    published = [key["kid"] for key in issuer.data.get("/jwks").json()["keys"]]
    assert after.active.kid in published
    assert before.active.kid not in published
    assert after.key("retired").kid == before.active.kid
    assert issuer.control.get("/health").json()["kid"] == after.active.kid


def test_an_issuer_that_answers_503_says_so_everywhere_and_notes_it(issuer: Issuer) -> None:
    assert issuer.control.put("/available", json={"available": False}).json() == {"available": False, "mode": "503"}
    for method, path in (("GET", "/jwks"), ("GET", "/"), ("POST", "/token"), ("POST", "/introspect")):
        assert issuer.data.request(method, path).status_code == 503
    assert ("jwks", 503) in issuer.endpoints()
    assert issuer.control.put("/available", json={"available": True}).json() == {"available": True, "mode": None}
    assert issuer.data.get("/jwks").status_code == 200


def test_an_issuer_that_is_closed_drops_and_refuses_connections_and_comes_back(issuer: Issuer) -> None:
    assert issuer.data.get("/jwks").status_code == 200  # leaves a connection open
    for _ in range(2):
        assert issuer.control.put("/available", json={"available": False, "mode": "closed"}).is_success
        with pytest.raises(httpx.TransportError):
            issuer.data.get("/jwks")
        with pytest.raises(httpx.ConnectError):
            issuer.data.get("/jwks")
        assert issuer.control.get("/health").is_success
    assert issuer.control.put("/available", json={"available": False}).is_success
    assert issuer.data.get("/jwks").status_code == 503
    assert issuer.control.put("/available", json={"available": True}).is_success
    assert issuer.data.get("/jwks").status_code == 200


def test_reset_forgets_everything_but_keys_and_clients(issuer: Issuer) -> None:
    token = mint(issuer.ring, claims_for(issuer.url, "http://gw", "app", "s", time.time(), jti="j"))
    asked = {"data": {"token": token}, "auth": ("app", "a secret")}
    assert issuer.control.post("/revoke", json={"jti": "j"}).json() == {"revoked": "j"}
    assert issuer.data.post("/introspect", **asked).json() == {"active": False}
    issuer.control.put("/available", json={"available": False, "mode": "closed"})
    kid = issuer.ring.active.kid
    assert issuer.control.post("/reset").json() == {"reset": True}
    assert issuer.endpoints() == []
    assert issuer.data.post("/introspect", **asked).json()["active"] is True
    assert issuer.ring.active.kid == kid


def test_a_client_that_is_switched_off_gets_nothing(issuer: Issuer) -> None:
    grant = {"data": {"grant_type": "client_credentials"}, "auth": ("guest", "x")}
    registration = {"secret": "x", "scopes": ["s"], "audience": "http://gw"}
    issuer.control.put("/clients/guest", json=registration)
    assert issuer.data.post("/token", **grant).status_code == 200
    answer = issuer.control.put("/clients/guest", json={**registration, "active": False})
    assert answer.json() == {"client_id": "guest", "active": False}
    assert issuer.data.post("/token", **grant).json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("method", "path", "content", "message"),
    [
        ("PUT", "/available", "{", "JSON object"),
        ("PUT", "/available", "[]", "JSON object"),
        ("PUT", "/available", "{}", "valid are true and false"),
        ("PUT", "/available", '{"available": false, "mode": "gone"}', "valid are 503, closed"),
        ("PUT", "/clients/x", '{"scope": "a"}', "unknown field 'scope'"),
        ("POST", "/revoke", '{"jti": 1}', "must be a string"),
        ("GET", "/requests?since=-1", "", "whole number"),
    ],
)
def test_mistakes_are_told_with_what_is_valid(
    issuer: Issuer, method: str, path: str, content: str, message: str
) -> None:
    answer = issuer.control.request(method, path, content=content)
    assert answer.status_code == 400
    assert message in answer.json()["error"]


def test_the_journal_is_read_from_a_number_on(issuer: Issuer) -> None:
    issuer.data.get("/jwks")
    first = issuer.control.get("/requests").json()
    issuer.data.get("/")
    later = issuer.control.get(f"/requests?since={first['next']}").json()
    assert [entry["endpoint"] for entry in later["entries"]] == ["realm"]
    assert later["next"] == first["next"] + 1


def test_the_attacker_s_documents_are_bait_that_needs_no_secret_and_is_noted(issuer: Issuer) -> None:
    with httpx.Client(base_url=issuer.control_url, trust_env=False) as anybody:
        jwks = anybody.get("/attacker/jwks.json").json()
        pem = anybody.get("/attacker/certificate.pem").content
    assert jwks == {"keys": [issuer.ring.foreign.jwk()]}
    assert x509.load_pem_x509_certificate(pem).public_key() == issuer.ring.foreign.private.public_key()
    assert issuer.endpoints() == [("attacker-jwks", 200), ("attacker-certificate", 200)]
