"""Unity sessions: tokens, users, licences, and how they end."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from mock_ehr.clients import RegistrationError
from tests.mock_ehr.vendors.allscripts.clinic import UNITY, Clinic

IDLE = "logged out because of inactivity"


def test_a_token_is_a_bare_guid(clinic: Clinic) -> None:
    seen = clinic.get_token()
    assert seen.status == 200
    assert str(uuid.UUID(seen.body.decode())) == seen.body.decode()


def test_some_servers_quote_the_token(clinic_with: Callable[..., Clinic]) -> None:
    body = clinic_with("quoted_token=true").get_token().body.decode()
    assert body[0] == body[-1] == '"'
    assert uuid.UUID(body.strip('"'))


@pytest.mark.parametrize(
    ("username", "password", "appname"),
    [("svc", "wrong", ""), ("nobody", "pw", ""), ("svc", "", ""), ("", "", ""), ("limited", "lp", "Other")],
)
def test_a_refused_token_is_a_text_with_status_200(clinic: Clinic, username: str, password: str, appname: str) -> None:
    clinic.vendor.register("limited", {"password": "lp", "appnames": ["Mine"]})
    seen = clinic.get_token(username, password, Appname=appname)
    assert (seen.status, seen.body[:6]) == (200, b"error:")


def test_service_passwords_run_out(clinic: Clinic) -> None:
    clinic.vendor.register("aged", {"password": "p", "expired": True})
    assert clinic.get_token("aged", "p").body.startswith(b"error:")


@pytest.mark.parametrize("path", ["/unity/unityservice.svc/JSON/magicjson", "/Unity/UNITYSERVICE.SVC/json/MagicJson"])
def test_case_does_not_matter_in_paths(clinic: Clinic, path: str) -> None:
    assert "getserverinfoinfo" in clinic.post(path, clinic.body("GetServerInfo")).json()[0]


@pytest.mark.parametrize(("product", "prefix"), [("touchworks", "/Unity"), ("pm", "/UnityPM"), ("ubiquity", "")])
def test_each_product_has_its_path(clinic_with: Callable[..., Clinic], product: str, prefix: str) -> None:
    clinic = clinic_with(f"product={product}")
    good = {"Username": "svc", "Password": "pw"}
    assert uuid.UUID(clinic.post(f"{prefix}/UnityService.svc/json/GetToken", good).body.decode())
    others = {"/Unity", "/UnityPM", ""} - {prefix}
    assert all(clinic.post(f"{other}/UnityService.svc/json/GetToken", good).status == 404 for other in others)


@pytest.mark.parametrize("path", [f"{UNITY}/Magic", f"{UNITY}", "/", f"{UNITY}/MagicJson/x", f"{UNITY}/RetireToken"])
def test_other_paths_lead_nowhere(clinic: Clinic, path: str) -> None:
    assert clinic.post(path, {}).status == 404


def test_a_session_dies_by_idling_and_not_by_age(clinic: Clinic) -> None:
    for _ in range(10):
        clinic.ticker.now += 1199
        assert clinic.rows("GetServerInfo")
    clinic.ticker.now += 1200
    assert IDLE in clinic.error("GetServerInfo")
    assert IDLE in clinic.error("GetServerInfo")


def test_the_control_api_can_shorten_the_idle_time(clinic: Clinic) -> None:
    clinic.state.tokens.lifetime_s = 60
    clinic.log_in()
    clinic.ticker.now += 60
    assert IDLE in clinic.error("GetServerInfo")


def test_expired_unknown_and_retired_tokens_look_the_same(clinic: Clinic) -> None:
    unknown = clinic.error("GetPatient", "1", Token=str(uuid.uuid4()))
    blank = clinic.error("GetPatient", "1", Token="")
    clinic.ticker.now += 1200
    expired = clinic.error("GetPatient", "1")
    clinic.log_in()
    seen = clinic.post(f"{UNITY}/RetireSecurityToken", {"Token": clinic.token, "Appname": "Test"})
    assert seen.body.startswith(b"<RetireSecurityTokenResponse")
    assert {unknown, blank, expired, clinic.error("GetPatient", "1")} == {unknown}
    assert unknown.startswith("Magic Error - Action: GetPatient")


def test_the_inactivity_error_may_leave_the_action_out(clinic_with: Callable[..., Clinic]) -> None:
    assert "GetPatient" not in clinic_with("expiry_names_action=false").error("GetPatient", "1")


def test_all_tokens_can_be_expired_out_of_band(clinic: Clinic) -> None:
    clinic.state.tokens.expire_all()
    assert IDLE in clinic.error("GetServerInfo")


@pytest.mark.parametrize(("user", "password"), [("jdoe", "wrong"), ("nobody", "jp"), ("old", "o")])
def test_a_user_who_is_not_valid_gets_no_with_status_200(clinic: Clinic, user: str, password: str) -> None:
    row = clinic.rows("GetUserAuthentication", "", password, AppUserID=user)[0]
    assert row["ValidUser"] == "NO"
    assert "not authenticated" in clinic.error("GetPatient", "1")


def test_the_token_is_bound_to_one_user(clinic: Clinic) -> None:
    assert clinic.rows("GetPatient", "1", AppUserID="JDOE")
    assert "User is not the one" in clinic.error("GetPatient", "1", AppUserID="old")


def test_the_user_can_be_left_out_where_a_site_allows_it(clinic_with: Callable[..., Clinic]) -> None:
    clinic = clinic_with("user_authentication_required=false")
    clinic.token = clinic.get_token().body.decode()
    assert clinic.rows("GetPatient", "1", AppUserID="")


def test_a_launch_token_binds_the_session(clinic: Clinic) -> None:
    clinic.vendor.register("sso", {"password": "p", "users": {}, "launch_tokens": {"launch-1": "jdoe"}})
    clinic.token = clinic.get_token("sso", "p").body.decode()
    seen = clinic.magic("GetTokenValidation", "", "launch-1").json()[0]
    assert seen["Table"][0] == {"ValidToken": "YES", "UserName": "jdoe"}
    assert clinic.rows("GetPatient", "1")
    assert clinic.rows("GetTokenValidation", "", "launch-2")[0]["ValidToken"] == "NO"


def test_service_users_are_licensed_action_by_action(clinic: Clinic) -> None:
    clinic.vendor.register("reader", {"password": "p", "actions": ["GetServerInfo"]})
    clinic.token = clinic.get_token("reader", "p").body.decode()
    assert clinic.rows("getserverinfo")
    assert "not valid for this license" in clinic.error("GetPatient", "1")


def test_unknown_actions_look_like_unlicensed_ones(clinic: Clinic) -> None:
    assert clinic.error("Frobnicate").endswith("Action is not valid for this license")
    assert "not valid for this license" in clinic.error("SaveAppointment")


def test_actions_without_public_parameters_answer_501_and_say_so(clinic: Clinic) -> None:
    seen = clinic.magic("SaveAllergy", "1")
    assert (seen.status, "SaveAllergy" in seen.json()[0]["Error"]) == (501, True)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({}, "Unity service user"),
        ({"password": ""}, "not empty"),
        ({"password": "p", "actions": ["GetPatients"]}, "did you mean getpatient"),
        ({"password": "p", "users": {"a": {}}}, "user 'a'"),
        ({"password": "p", "licence": []}, "unknown field"),
        ({"jwks": {"keys": [{"kty": "EC", "crv": "P-256", "x": "a", "y": "b"}]}}, "jwks"),
    ],
)
def test_wrong_registrations_are_refused_with_a_reason(clinic: Clinic, raw: dict[str, Any], reason: str) -> None:
    with pytest.raises(RegistrationError, match=reason):
        clinic.vendor.register("new", raw)


def test_one_client_retires_tokens_elsewhere(clinic_with: Callable[..., Clinic]) -> None:
    clinic = clinic_with("retire_token_alias=true")
    clinic.log_in()
    assert clinic.post(f"{UNITY}/RetireToken", {"Token": clinic.token}).body.startswith(b"<RetireSecurityToken")
    assert IDLE in clinic.error("GetServerInfo")
