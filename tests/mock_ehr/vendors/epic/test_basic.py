"""HTTP Basic for sites that have it."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from mock_ehr.message import Request

PATH = "/FHIR/api/FHIR/R4/Patient/unknown"


def ask(desk: Any, credentials: str, **headers: str) -> Any:
    shown = {"authorization": f"Basic {b64encode(credentials.encode()).decode()}", "accept": "application/json"}
    return desk.send(Request("GET", PATH, "", shown | {name.replace("_", "-"): text for name, text in headers.items()}))


@pytest.fixture
def site(desk_with: Any) -> Any:
    return desk_with(basic_users=("emp$ana:s3:cret", "bo:secret"))


def test_a_user_with_a_registered_client_gets_in(site: Any) -> None:
    seen = ask(site, "emp$ana:s3:cret", epic_client_id="gw", epic_user_id="ANA", epic_user_idtype="EXTERNAL")
    assert (seen.status, seen.codes()) == (404, ["59008"])
    (entry,) = site.journal()
    assert entry["client_id"] == "gw"
    assert "cret" not in str(entry["request_headers"])


@pytest.mark.parametrize(
    ("credentials", "headers"),
    [
        ("emp$ana:s3:cret", {}),
        ("emp$ana:s3:cret", {"epic_client_id": "nobody"}),
        ("emp$ana:wrong", {"epic_client_id": "gw"}),
        ("emp$ana", {"epic_client_id": "gw"}),
        ("bo:secret", {"epic_client_id": "gw"}),
    ],
)
def test_anything_else_is_401(site: Any, credentials: str, headers: dict[str, str]) -> None:
    seen = ask(site, credentials, **headers)
    assert (seen.status, seen.body) == (401, b'""')


def test_credentials_that_are_no_base64(site: Any) -> None:
    for text in ("Basic !!", "Basic", "Basic \u00e9"):
        headers = {"authorization": text, "epic-client-id": "gw"}
        assert site.send(Request("GET", PATH, "", headers)).status == 401


def test_the_apis_of_the_client_count(site: Any) -> None:
    site.register("gw", scopes=["system/Observation.rs"])
    assert ask(site, "emp$ana:s3:cret", epic_client_id="gw").status == 403


def test_other_sites_have_no_basic(desk: Any) -> None:
    assert ask(desk, "emp$ana:s3:cret", epic_client_id="gw").status == 401
