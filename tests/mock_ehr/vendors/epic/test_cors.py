"""Calls from a page in a browser."""

from __future__ import annotations

from typing import Any

import pytest

from mock_ehr.message import Request

ORIGIN = "https://app.example"
BASE = "/FHIR/api/FHIR/R4"


def preflight(desk: Any, path: str) -> Any:
    headers = {"origin": ORIGIN, "access-control-request-method": "GET"}
    return desk.send(Request("OPTIONS", path, "", headers))


@pytest.mark.parametrize("path", [f"{BASE}/Patient/x", f"{BASE}/metadata", "/FHIR/oauth2/token"])
def test_a_preflight_needs_no_token(desk: Any, path: str) -> None:
    seen = preflight(desk, path)
    assert (seen.status, seen.headers["access-control-allow-origin"]) == (200, ORIGIN)
    assert "PUT" in seen.headers["access-control-allow-methods"]
    assert "Authorization" in seen.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [("Patient/x", "", 404), ("metadata", "", 200), ("Patient", "family=x&given=y", 200), ("Slot", "status=free", 400)],
)
def test_answers_can_be_read_by_the_page(desk: Any, path: str, query: str, status: int) -> None:
    headers = {"authorization": f"Bearer {desk.token}", "origin": ORIGIN, "accept": "application/json"}
    seen = desk.send(Request("GET", f"{BASE}/{path}", query, headers))
    assert (seen.status, seen.headers["access-control-allow-origin"], seen.headers["vary"]) == (
        status,
        ORIGIN,
        "Origin",
    )


def test_without_origin_nothing_is_added(desk: Any) -> None:
    assert "access-control-allow-origin" not in desk.get("Patient/x").headers


def test_a_refused_call_can_be_read_too(desk: Any) -> None:
    seen = desk.send(Request("GET", f"{BASE}/Patient/x", "", {"origin": ORIGIN}))
    assert (seen.status, seen.headers["access-control-allow-origin"]) == (401, ORIGIN)


def test_a_site_without_cors(desk_with: Any) -> None:
    desk = desk_with(cors=False)
    assert preflight(desk, f"{BASE}/Patient/x").status == 405
    headers = {"authorization": f"Bearer {desk.token}", "origin": ORIGIN}
    seen = desk.send(Request("GET", f"{BASE}/Patient/x", "", headers))
    assert "access-control-allow-origin" not in seen.headers
    assert desk.get("metadata").json()["rest"][0]["security"]["cors"] is False
