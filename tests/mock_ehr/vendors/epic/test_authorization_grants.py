"""Codes, refresh tokens and what comes back with them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mock_ehr.vendors.epic.launching import REDIRECT, SCOPES, VERIFIER, App, is_refused


def patient(desk: Any, index: int = 0) -> str:
    return desk.state.store.population.chart(index).id


def test_a_code_becomes_a_token_with_its_context(desk: Any) -> None:
    app = App(desk)
    seen = app.redeem(app.code(scope="patient/*.read openid fhirUser offline_access"))
    body = seen.json()
    assert seen.status == 200
    assert (seen.headers["cache-control"], seen.headers["pragma"]) == ("no-store", "no-cache")
    assert (body["token_type"], body["expires_in"], body["state"]) == ("Bearer", 3600, "abc 123")
    assert body["scope"] == "patient/*.read openid fhirUser offline_access"
    assert body["patient"] == patient(desk)
    assert body["__epic.dstu2.patient"][0] == "T"
    assert "need_patient_banner" not in body
    assert desk.get(f"Patient/{patient(desk)}", token=body["access_token"]).status == 200
    kept = str(desk.journal())
    assert not any(body[name] in kept for name in ("access_token", "refresh_token", "id_token"))
    assert VERIFIER not in kept


@pytest.mark.parametrize(
    "changes",
    [
        {"code": "unknown"},
        {"redirect_uri": REDIRECT + "/"},
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"code_verifier": None},
    ],
)
def test_a_code_that_does_not_fit_is_an_invalid_grant(desk: Any, changes: dict[str, Any]) -> None:
    app = App(desk)
    assert app.redeem(app.code()).status == 200
    is_refused(app.redeem(app.code(), **changes), "invalid_grant")
    assert desk.journal()[-1]["note"]


@pytest.mark.parametrize("changes", [{"code": None}, {"redirect_uri": None}, {"code": ""}])
def test_a_request_without_its_parts_is_invalid(desk: Any, changes: dict[str, Any]) -> None:
    app = App(desk)
    is_refused(app.redeem(app.code(), **changes), "invalid_request")


def test_a_verifier_without_a_challenge_is_refused(desk: Any) -> None:
    app = App(desk)
    plain = {"code_challenge": None, "code_challenge_method": None}
    assert app.redeem(app.code(**plain), code_verifier=None).status == 200
    is_refused(app.redeem(app.code(**plain)), "invalid_grant")


def test_a_code_of_another_client_is_refused_and_stays_good(desk: Any) -> None:
    app, thief = App(desk), App(desk, "thief")
    code = app.code()
    is_refused(thief.redeem(code), "invalid_grant")
    assert app.redeem(code).status == 200


def test_a_failed_try_uses_the_code_up(desk: Any) -> None:
    app = App(desk)
    code = app.code()
    is_refused(app.redeem(code, code_verifier="w" * 43), "invalid_grant")
    is_refused(app.redeem(code), "invalid_grant")


def test_a_code_works_once_and_takes_its_tokens_along(desk_with: Any) -> None:
    for switch, status in ((True, 401), (False, 200)):
        desk = desk_with(code_reuse_revokes=switch)
        app = App(desk)
        other = app.log_in()
        code = app.code()
        body = app.redeem(code).json()
        is_refused(app.redeem(code), "invalid_grant")
        assert desk.get(f"Patient/{patient(desk)}", token=body["access_token"]).status == status
        assert (app.refresh(body["refresh_token"]).status == 200) == (status == 200)
        assert desk.get(f"Patient/{patient(desk)}", token=other["access_token"]).status == 200


def test_a_code_dies_by_the_clock_of_the_ehr(desk: Any) -> None:
    app = App(desk)
    code = app.code()
    desk.state.clock.offset_s = 299
    assert app.redeem(code).status == 200
    code = app.code()
    desk.state.clock.offset_s += 300
    is_refused(app.redeem(code), "invalid_grant")


@pytest.mark.parametrize(
    ("registration", "scope", "has"),
    [
        ({}, "patient/*.read offline_access", True),
        ({}, "patient/*.read", False),
        ({"scopes": ["patient/*.read"]}, "patient/*.read offline_access", False),
        ({"client_secret": None, "public": True}, "patient/*.read offline_access", False),
    ],
)
def test_who_gets_a_refresh_token(desk: Any, registration: dict[str, Any], scope: str, has: bool) -> None:
    app = App(desk, registration=registration)
    public = "public" in registration
    seen = app.redeem(app.code(scope=scope), "" if public else None, client_id="app" if public else None)
    assert seen.status == 200
    assert ("refresh_token" in seen.json()) == has


def test_a_refresh_token_gives_a_new_access_token(desk: Any) -> None:
    app = App(desk)
    first = app.log_in()
    desk.ticker.now += 3600
    assert desk.get(f"Patient/{patient(desk)}", token=first["access_token"]).status == 401
    body = app.refresh(first["refresh_token"]).json()
    assert "refresh_token" not in body
    assert (body["scope"], body["patient"]) == (first["scope"], first["patient"])
    assert desk.get(f"Patient/{patient(desk)}", token=body["access_token"]).status == 200
    assert app.refresh(first["refresh_token"]).status == 200


@pytest.mark.parametrize(("mode", "later"), [("rolling", 400), ("indefinite", 200)])
def test_rotation(desk_with: Any, mode: str, later: int) -> None:
    desk = desk_with(refresh_lifetime_s=1000.0)
    app = App(desk, registration={"refresh": mode})
    first = app.log_in()["refresh_token"]
    desk.ticker.now += 900
    second = app.refresh(first).json()["refresh_token"]
    assert second != first
    is_refused(app.refresh(first), "invalid_grant")
    desk.ticker.now += 100
    assert app.refresh(second).status == later


def test_a_rotated_token_may_go_on(desk_with: Any) -> None:
    app = App(desk_with(rotated_refresh_dies=False), registration={"refresh": "rolling"})
    first = app.log_in()["refresh_token"]
    assert [app.refresh(first).status, app.refresh(first).status] == [200, 200]


def test_refresh_tokens_that_do_not_work(desk: Any) -> None:
    app, thief = App(desk), App(desk, "thief")
    token = app.log_in()["refresh_token"]
    is_refused(app.refresh("unknown"), "invalid_grant")
    is_refused(app.refresh(""), "invalid_request")
    is_refused(thief.refresh(token), "invalid_grant")
    assert app.refresh(token).status == 200
    desk.ticker.now += 7_776_000
    is_refused(app.refresh(token), "invalid_grant")


@pytest.mark.parametrize(
    ("registered", "asked", "given"),
    [
        (SCOPES, "patient/Observation.rs openid", "patient/Observation.rs openid"),
        (["patient/Observation.read"], "patient/*.read", "patient/Observation.read"),
        (["patient/Observation.rs"], "patient/*.*", "patient/Observation.read"),
        (["patient/Observation.read", "patient/Patient.read"], "", "patient/Observation.read patient/Patient.read"),
        (["patient/*.read", "system/*.*"], "system/*.* patient/Patient.r", "patient/Patient.r"),
        (["patient/*.read"], "user/*.read launch/patient", ""),
        (["user/*.*"], "user/Patient.write user/nonsense", "user/Patient.write"),
    ],
)
def test_scopes_are_what_was_asked_and_is_registered(desk: Any, registered: Any, asked: str, given: str) -> None:
    assert App(desk, registration={"scopes": list(registered)}).log_in(scope=asked)["scope"] == given


def test_switches_of_the_answer(desk_with: Any) -> None:
    app = App(desk_with(dstu2_patient=False, launch_state_in_token=False, launch_token_type="bearer"))
    body = app.log_in()
    assert body["token_type"] == "bearer"
    assert not {"state", "__epic.dstu2.patient"} & body.keys()


def test_reset_ends_codes_and_refresh_tokens(desk: Any) -> None:
    app = App(desk)
    token, code = app.log_in()["refresh_token"], app.code()
    desk.state.reset(["tokens"])
    is_refused(app.refresh(token), "invalid_grant")
    is_refused(app.redeem(code), "invalid_grant")
