"""401, 403 and 429: who may do what."""

from __future__ import annotations

from typing import Any

import pytest

from mock_ehr.message import Request
from mock_ehr.throttle import Rate


@pytest.mark.parametrize(
    "header", ["", "Bearer ", "Bearer wrong", "Basic ZW1wJHg6eQ==", "token-0", "Bearer token-0, Bearer token-0"]
)
def test_401_is_the_empty_json_string(desk: Any, header: str) -> None:
    control = desk.get("Patient/unknown")
    headers = {"authorization": header} if header else {}
    seen = desk.send(Request("GET", "/FHIR/api/FHIR/R4/Patient/unknown", "", headers))
    assert control.status == 404
    assert (seen.status, seen.body, seen.headers["content-type"]) == (401, b'""', "application/json; charset=utf-8")
    assert seen.headers["www-authenticate"].startswith('Bearer error="invalid_token", error_description="')


def test_tokens_expire_on_the_clock_of_the_ehr(desk: Any) -> None:
    desk.ticker.now += 3599
    assert desk.get("Patient/unknown").status == 404
    desk.ticker.now += 1
    assert desk.get("Patient/unknown").status == 401


@pytest.mark.parametrize(
    ("apis", "path", "status"),
    [
        (["system/*.*"], "Patient/{id}", 200),
        (["system/Patient.read"], "Patient/{id}", 200),
        (["system/Patient.read"], "Patient?_id={id}", 200),
        (["system/Patient.r"], "Patient/{id}", 200),
        (["system/Patient.r"], "Patient?_id={id}", 403),
        (["system/Patient.s"], "Patient?_id={id}", 200),
        (["system/Patient.s"], "Patient/{id}", 403),
        (["system/Patient.s"], "Patient?sessionID=1-A", 400),
        (["system/Observation.read"], "Patient/{id}", 403),
        (["system/Patient.write"], "Patient/{id}", 403),
        (["system/*.rs"], "Patient/{id}", 200),
    ],
)
def test_each_call_is_checked_against_the_registered_apis(desk: Any, apis: list[str], path: str, status: int) -> None:
    desk.register("gw", scopes=["system/*.*"], apis=apis)
    seen = desk.get(path.format(id=desk.state.store.population.chart(0).id))
    assert seen.status == status
    if status == 403:
        assert seen.body == b""
        assert "content-type" not in seen.headers
        assert 'error="insufficient_scope"' in seen.headers["www-authenticate"]


def test_the_present_registration_counts_not_the_one_of_the_token(desk: Any) -> None:
    token = desk.ask_token(desk.assertion()).json()["access_token"]
    desk.register("gw", scopes=["system/Observation.read"])
    assert desk.get("Patient/x", token=token).status == 403


def test_create_needs_its_own_right(desk: Any) -> None:
    desk.register("gw", scopes=["system/*.rs"])
    assert desk.post("AllergyIntolerance", {}).status == 403


def test_the_rate_limit_is_per_client(desk: Any) -> None:
    desk.register("other")
    other = desk.log_in("other")
    desk.state.throttle.limit(Rate(per_s=1, burst=2))
    assert [desk.get("Patient/x").status for _ in range(3)] == [404, 404, 429]
    assert desk.get("Patient/x", token=other).status == 404
    desk.ticker.now += 1
    assert desk.get("Patient/x").status == 404
