"""What Unity makes of a request body: keys, types, and the raw messages that leak through."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.mock_ehr.vendors.allscripts.clinic import KEYS, PATIENT, UNITY, Clinic


def test_echo_gives_the_fields_back_without_a_token(clinic: Clinic) -> None:
    row = clinic.rows("Echo", "7", "one", "two", Token="")[0]
    assert (row["Action"], row["PatientID"], row["Parameter2"]) == ("Echo", "7", "two")
    assert "Token" not in row


@pytest.mark.parametrize("name", KEYS.split())
def test_a_missing_key_is_a_null_reference(clinic: Clinic, name: str) -> None:
    body = clinic.body("GetServerInfo")
    del body[name]
    seen = clinic.post(f"{UNITY}/MagicJson", body)
    assert seen.json() == [{"Error": "Object reference not set to an instance of an object."}]
    assert seen.status == 200


def test_missing_keys_can_count_as_blank(clinic_with: Callable[..., Clinic]) -> None:
    clinic = clinic_with("missing_keys_fail=false")
    clinic.token = clinic.get_token().body.decode()
    body = clinic.body("GetServerInfo")
    del body["Data"]
    assert "getserverinfoinfo" in clinic.post(f"{UNITY}/MagicJson", body).json()[0]


@pytest.mark.parametrize("value", [None, "", "{}", "null", {}])
def test_data_may_be_blank_in_several_ways(clinic: Clinic, value: object) -> None:
    assert clinic.rows("GetServerInfo", Data=value)


def test_numbers_count_as_text(clinic: Clinic) -> None:
    assert clinic.rows("GetPatient", PatientID=int(PATIENT)) == clinic.rows("GetPatient", PATIENT)


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"1"])
def test_json_that_is_no_object_is_a_null_reference(clinic: Clinic, body: bytes) -> None:
    assert "Object reference" in clinic.post(f"{UNITY}/MagicJson", body).json()[0]["Error"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"<xml/>"])
@pytest.mark.parametrize("operation", ["MagicJson", "GetToken", "RetireSecurityToken"])
def test_what_is_not_json_meets_the_web_tier(clinic: Clinic, operation: str, body: bytes) -> None:
    seen = clinic.post(f"{UNITY}/{operation}", body)
    assert (seen.status, seen.headers["content-type"]) == (400, "text/html; charset=utf-8")


def test_other_methods_and_types_meet_the_web_tier(clinic: Clinic) -> None:
    assert clinic.post(f"{UNITY}/GetToken", {}, "text/xml").status == 415
    assert clinic.post(f"{UNITY}/GetToken", {}, "application/json; charset=utf-8").status == 200


@pytest.mark.parametrize("action", ["GetPatient", "GetClinicalSummary", "SaveNote"])
def test_a_patient_id_that_is_no_number_leaks_the_message_of_the_database(clinic: Clinic, action: str) -> None:
    assert "varchar to numeric" in clinic.error(action, "abc")


def test_a_blank_fifth_parameter_of_the_task_list_does_too(clinic: Clinic, clinic_with: Callable[..., Clinic]) -> None:
    assert "varchar to numeric" in clinic.error("GetTaskList")
    assert clinic.rows("GetTaskList", "", "", "", "", "", "0") == []
    other = clinic_with("blank_task_parameter_fails=false")
    other.log_in()
    assert other.rows("GetTaskList") == []


def test_a_day_that_is_none_leaks_the_message_of_the_database(clinic: Clinic) -> None:
    assert "Conversion failed" in clinic.error("GetSchedule", "", "tomorrow")
    assert "Conversion failed" in clinic.error("GetChangedPatients", "", "31-Feb-2026")


def test_journal_keeps_no_credential(clinic: Clinic) -> None:
    clinic.rows("GetPatient", PATIENT)
    clinic.post(f"{UNITY}/GetToken", b'{"Username": "svc", "Password": "pw"')
    shown = str(clinic.journal())
    assert clinic.token not in shown
    for secret in ("pw", "jp"):
        assert f'"{secret}"' not in shown
        assert f"'{secret}'" not in shown
