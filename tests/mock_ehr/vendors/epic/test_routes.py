"""Where each path leads, and what the dead ends say."""

from __future__ import annotations

from typing import Any

import pytest

from mock_ehr.message import Request
from mock_ehr.vendors.epic.routes import find_route

R4 = "/FHIR/api/FHIR/R4"


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("GET", f"{R4}/metadata", "metadata"),
        ("POST", f"{R4}/metadata", "method"),
        ("GET", f"{R4}/.well-known/smart-configuration", "smart"),
        ("GET", f"{R4}/Patient/e1", "read"),
        ("GET", f"{R4}/Patient?family=x", "search"),
        ("GET", f"{R4}/Patient?sessionID=1-A", "next-page"),
        ("POST", f"{R4}/Observation", "create"),
        ("POST", f"{R4}/Patient", "create"),
        ("POST", f"{R4}/BodyStructure", "unimplemented"),
        ("POST", f"{R4}/Encounter", "method"),
        ("POST", f"{R4}/Appointment", "method"),
        ("PUT", f"{R4}/Observation/e1", "update"),
        ("PUT", f"{R4}/Task/e1", "unimplemented"),
        ("PUT", f"{R4}/Patient/e1", "method"),
        ("PATCH", f"{R4}/Patient/e1", "method"),
        ("DELETE", f"{R4}/Patient/e1", "method"),
        ("DELETE", f"{R4}/Patient", "method"),
        ("GET", f"{R4}/Goal?patient=x", "unimplemented"),
        ("GET", f"{R4}/Binary?_id=x", "method"),
        ("GET", f"{R4}/Provenance?patient=x", "method"),
        ("GET", f"{R4}/Goal/e1", "unimplemented"),
        ("POST", f"{R4}/Patient/_search", "search"),
        ("GET", f"{R4}/Patient/_search", "lost"),
        ("POST", f"{R4}/Goal/_search", "unimplemented"),
        ("POST", f"{R4}/Patient/$match", "match"),
        ("GET", f"{R4}/Patient/e1/$summary", "unimplemented"),
        ("GET", f"{R4}/Group/e1/$export", "export"),
        ("GET", f"{R4}/Patient/e1/$everything", "lost"),
        ("GET", f"{R4}/$export", "lost"),
        ("GET", f"{R4}/Patient/e1/_history", "lost"),
        ("GET", f"{R4}/Patient/e1/_history/1", "lost"),
        ("GET", f"{R4}/Pateint/e1", "lost"),
        ("GET", f"{R4}/patient/e1", "lost"),
        ("POST", R4, "lost"),
        ("POST", f"{R4}/", "lost"),
        ("GET", "/fhir/api/FHIR/R4/Patient/e1", "lost"),
        ("GET", "/FHIR/api/FHIR/STU3/Patient/e1", "unimplemented"),
        ("GET", "/FHIR/api/FHIR/DSTU2/Patient/e1", "unimplemented"),
        ("GET", "/FHIR/api/FHIR/R5/Patient/e1", "lost"),
        ("GET", "/", "lost"),
        ("GET", "*", "lost"),
        ("POST", "/FHIR/oauth2/token", "token"),
        ("POST", "/FHIR/oauth2/introspect", "introspect"),
        ("POST", "/FHIR/oauth2/register", "oauth"),
        ("POST", "/FHIR/oauth2/tokens", "logoff"),
        ("GET", "/FHIR/oauth2", "logoff"),
    ],
)
def test_route(method: str, path: str, action: str) -> None:
    place, _, query = path.partition("?")
    assert find_route("FHIR", Request(method, place, query)).action == action


@pytest.mark.parametrize("path", ["Pateint/1", "$export", "Patient/x/$everything", "Patient/x/_history/1"])
def test_unknown_paths_are_html_and_need_no_token(desk: Any, path: str) -> None:
    for token in (None, ""):
        seen = desk.get(path, token=token)
        assert (seen.status, seen.headers["content-type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize("path", ["Goal?patient=x", "Goal/e1", "Patient/e1/$summary"])
def test_what_epic_has_and_the_mock_has_not_is_501_and_named(desk: Any, path: str) -> None:
    seen = desk.get(path)
    assert seen.status == 501
    assert path.partition("?")[0].partition("/")[0] in seen.json()["issue"][0]["diagnostics"]
    assert desk.get(path, token="").status == 401


@pytest.mark.parametrize("segment", ["%2e%2e", "a%2Fb", "%00", "%ff", "x" * 200, "%E2%80%AE", "a;b", "a b"])
def test_strange_ids_are_not_found(desk: Any, segment: str) -> None:
    assert desk.get(f"Patient/{segment}").status == 404


@pytest.mark.parametrize(("instance", "action"), [("Interconnect-FHIR", "read"), ("interconnect-fhir", "lost")])
def test_the_instance_is_the_sites_choice_and_its_case_counts(instance: str, action: str) -> None:
    assert find_route("Interconnect-FHIR", Request("GET", f"/{instance}/api/FHIR/R4/Patient/e1", "")).action == action
