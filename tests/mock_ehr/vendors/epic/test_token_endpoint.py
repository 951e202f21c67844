"""The token endpoint: one way in, and what each wrong way hears."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_ehr.message import Request

FORM = "application/x-www-form-urlencoded"
TOKEN = "/FHIR/oauth2/token"


def test_issues_a_token_that_works(desk: Any) -> None:
    seen = desk.ask_token(desk.assertion(), scope="system/Patient.read")
    body = seen.json()
    assert seen.status == 200
    assert list(body) == ["access_token", "token_type", "expires_in", "scope"]
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("bearer", 3600, "system/*.*")
    assert (seen.headers["cache-control"], seen.headers["pragma"]) == ("no-store", "no-cache")
    assert desk.get("Patient/unknown", token=body["access_token"]).status == 404


def test_parallel_requests_get_distinct_tokens(desk: Any) -> None:
    tokens = {desk.ask_token(desk.assertion()).json()["access_token"] for _ in range(5)}
    assert len(tokens) == 5


def test_a_jti_works_once(desk: Any) -> None:
    assertion = desk.assertion()
    assert desk.ask_token(assertion).status == 200
    assert desk.ask_token(assertion).json() == {"error": "invalid_client", "error_description": None}


@pytest.mark.parametrize(
    ("claims", "header"),
    [
        ({"iss": "other", "sub": "other"}, {}),
        ({"iss": 7, "sub": 7}, {}),
        ({"sub": "other"}, {}),
        ({"aud": "http://127.0.0.1:1/FHIR/oauth2/token"}, {}),
        ({"exp": 1_800_000_000}, {}),
        ({"exp": 1_800_000_301}, {}),
        ({"exp": None}, {}),
        ({"jti": None}, {}),
        ({"nbf": 1_800_000_005}, {}),
        ({}, {"kid": "other"}),
        ({}, {"jku": "https://evil.test"}),
    ],
)
def test_all_bad_assertions_look_the_same(desk: Any, claims: dict[str, Any], header: dict[str, Any]) -> None:
    control = desk.ask_token(desk.assertion())
    seen = desk.ask_token(desk.assertion(claims, header))
    assert control.status == 200
    assert (seen.status, seen.body) == (400, b'{"error":"invalid_client","error_description":null}')
    assert desk.journal()[1]["note"]


def test_the_audience_is_the_public_address(desk: Any) -> None:
    assertion = desk.assertion()
    desk.state.public_url = "http://elsewhere.test"
    assert desk.ask_token(assertion).status == 400
    assert desk.ask_token(desk.assertion({"aud": "http://elsewhere.test/FHIR/oauth2/token"})).status == 200


def test_the_clock_of_the_ehr_judges(desk: Any) -> None:
    desk.state.clock.offset_s = 300
    assert desk.ask_token(desk.assertion()).status == 400
    desk.state.clock.offset_s = -300
    assert desk.ask_token(desk.assertion()).status == 400
    desk.state.clock.offset_s = 0
    assert desk.ask_token(desk.assertion()).status == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_assertion_type": "jwt"}, "invalid_request"),
        ({"client_assertion": ""}, "invalid_request"),
        ({"client_assertion": "a.b.c"}, "invalid_client"),
        ({"client_id": "other"}, "invalid_client"),
    ],
)
def test_refuses_a_wrong_form(desk: Any, changes: dict[str, str], error: str) -> None:
    seen = desk.ask_token(desk.assertion(), **changes)
    assert (seen.status, seen.json()) == (400, {"error": error, "error_description": None})


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda request: setattr(request, "method", "GET"), id="GET"),
        pytest.param(lambda request: request.headers.update({"content-type": "application/json"}), id="JSON"),
        pytest.param(lambda request: request.headers.clear(), id="no content type"),
        pytest.param(lambda request: setattr(request, "query", "scope=x"), id="query string"),
        pytest.param(lambda request: setattr(request, "body", request.body + b"&grant_type=x"), id="field twice"),
        pytest.param(lambda request: setattr(request, "body", b"\xff"), id="bad bytes"),
        pytest.param(lambda request: setattr(request, "body", b"a=1&" * 300), id="too many fields"),
        pytest.param(lambda request: setattr(request, "body", b""), id="no body"),
    ],
)
def test_refuses_what_is_no_form_post(desk: Any, change: Callable[[Request], None]) -> None:
    desk.ask_token(desk.assertion())
    body = b"grant_type=client_credentials"
    request = Request("POST", TOKEN, "", {"content-type": FORM}, body)
    change(request)
    seen = desk.send(request)
    assert (seen.status, seen.json()["error"]) == (400, "invalid_request")


def test_a_client_without_background_user_is_unauthorized(desk: Any) -> None:
    desk.register("gw", background_user=False)
    assert desk.ask_token(desk.assertion()).json()["error"] == "unauthorized_client"


@pytest.mark.parametrize("grant", ["jwt-bearer", "token-exchange"])
def test_names_the_grants_it_does_not_offer(desk: Any, grant: str) -> None:
    seen = desk.ask_token(desk.assertion(), grant_type=f"urn:ietf:params:oauth:grant-type:{grant}")
    assert (seen.status, grant in seen.body.decode()) == (501, True)


@pytest.mark.parametrize(
    ("path", "status"), [("/FHIR/oauth2/token/", 302), ("/FHIR/oauth2/register", 501), ("/X/oauth2/token", 404)]
)
def test_near_misses_of_the_path(desk: Any, path: str, status: int) -> None:
    seen = desk.send(Request("POST", path, "", {"content-type": FORM}, b"x=y"))
    assert seen.status == status


def test_a_shorter_lifetime_holds_for_new_tokens(desk: Any) -> None:
    desk.state.tokens.lifetime_s = 60
    body = desk.ask_token(desk.assertion()).json()
    assert body["expires_in"] == 60
    assert desk.get("Patient/x", token=body["access_token"]).status == 404
    desk.ticker.now += 60
    assert desk.get("Patient/x", token=body["access_token"]).status == 401
