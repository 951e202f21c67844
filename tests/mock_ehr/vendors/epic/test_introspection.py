"""Introspection and revocation."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mock_ehr.vendors.epic.launching import App, is_refused

INTROSPECT, REVOKE = "/FHIR/oauth2/introspect", "/FHIR/oauth2/revoke"
BASE = "http://ehr.test/FHIR/api/FHIR/R4"


def ask(app: App, token: str, authorization: str | None = None) -> Any:
    return app.post(INTROSPECT, {"token": token}, authorization)


def test_a_backend_client_learns_what_a_token_is_worth(desk: Any) -> None:
    app = App(desk)
    body = app.log_in(scope="patient/*.read")
    seen = ask(app, body["access_token"], f"Bearer {desk.token}")
    assert (seen.status, seen.headers["cache-control"]) == (200, "no-store")
    assert seen.json() == {
        "active": True,
        "scope": "patient/*.read",
        "client_id": "app",
        "exp": int(desk.ticker.now) + 3600,
        "token_type": "bearer",
        "iss": "http://ehr.test/FHIR/oauth2",
        "sub": f"{BASE}/Patient/{body['patient']}",
    }
    assert ask(app, desk.token).json()["sub"] == "gw"
    assert body["access_token"] not in str(desk.journal())


def test_the_standard_way_of_naming_the_patient_is_a_switch(desk_with: Any) -> None:
    desk = desk_with(introspection_sub_is_url=False)
    app = App(desk)
    body = app.log_in(scope="patient/*.read")
    told = ask(app, body["access_token"]).json()
    assert (told["sub"], told["patient"]) == (body["patient"], body["patient"])


def test_what_is_not_alive_is_not_active_and_nothing_else(desk: Any) -> None:
    app = App(desk)
    body = app.log_in()
    assert ask(app, "unknown").body == b'{"active":false}'
    assert ask(app, body["refresh_token"]).body == b'{"active":false}'
    desk.ticker.now += 3600
    assert ask(app, body["access_token"]).body == b'{"active":false}'


def test_who_may_not_ask(desk: Any) -> None:
    app = App(desk)
    token = app.log_in()["access_token"]
    is_refused(ask(app, desk.token, f"Bearer {token}"), "invalid_token", 401)
    is_refused(ask(app, desk.token, "Bearer unknown"), "invalid_token", 401)
    is_refused(ask(app, desk.token, "Basic eDp5"), "invalid_client", 401)
    is_refused(ask(app, desk.token, ""), "invalid_request")
    is_refused(app.post(INTROSPECT, {}), "invalid_request")
    public = App(desk, "public", {"client_secret": None, "public": True})
    is_refused(public.post(INTROSPECT, {"token": token, "client_id": "public"}, ""), "invalid_client")


def test_revoking_an_access_token_ends_it_alone(desk: Any) -> None:
    app = App(desk)
    body = app.log_in()
    seen = app.post(REVOKE, {"token": body["access_token"]})
    assert (seen.status, seen.body) == (200, b"")
    assert desk.get(f"Patient/{body['patient']}", token=body["access_token"]).status == 401
    assert app.refresh(body["refresh_token"]).status == 200


def test_revoking_a_refresh_token_ends_all_of_its_authorization(desk: Any) -> None:
    app = App(desk)
    body, other = app.log_in(), app.log_in()
    assert app.post(REVOKE, {"token": body["refresh_token"], "token_type_hint": "refresh_token"}).status == 200
    is_refused(app.refresh(body["refresh_token"]), "invalid_grant")
    assert desk.get(f"Patient/{body['patient']}", token=body["access_token"]).status == 401
    assert app.refresh(other["refresh_token"]).status == 200


def test_revoking_what_never_was_is_fine_and_anothers_is_not(desk: Any) -> None:
    app, other = App(desk), App(desk, "other")
    assert app.post(REVOKE, {"token": "unknown"}).status == 200
    body = app.log_in()
    is_refused(other.post(REVOKE, {"token": body["access_token"]}), "invalid_grant")
    is_refused(other.post(REVOKE, {"token": body["refresh_token"]}), "invalid_grant")
    is_refused(app.post(REVOKE, {"token": body["access_token"]}, "Basic eDp5"), "invalid_client", 401)
    assert desk.get(f"Patient/{body['patient']}", token=body["access_token"]).status == 200


@pytest.mark.parametrize(("switch", "status"), [(True, 200), (False, 302)])
def test_a_site_without_revocation(desk_with: Any, switch: bool, status: int) -> None:
    assert App(desk_with(revocation=switch)).post(REVOKE, {"token": "x"}).status == status
