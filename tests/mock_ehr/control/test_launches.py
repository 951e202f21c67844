"""Starting an app from the EHR."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

REDIRECT = "http://app.test/back"


@pytest.fixture
def app(live: Any) -> str:
    raw = {"public": True, "scopes": ["launch", "patient/*.read"], "redirect_uris": [REDIRECT]}
    assert live.control.put("/clients/app", json=raw).status_code == 200
    return "app"


def test_a_launch_token_leads_to_a_code(live: Any, app: str, population: Any) -> None:
    patient = population.chart(3).id
    started = live.control.post("/launches", json={"client_id": app, "patient": patient, "encounter": "e1"})
    assert started.status_code == 200
    assert started.json()["user"].startswith("Practitioner/")
    base = f"{live.running.data}/FHIR"
    asked = {
        "response_type": "code", "client_id": app, "redirect_uri": REDIRECT, "scope": "launch patient/*.read",
        "aud": f"{base}/api/FHIR/R4", "launch": started.json()["launch"],
    }  # fmt: skip
    back = httpx.get(f"{base}/oauth2/authorize", params=asked, trust_env=False)
    code = httpx.URL(back.headers["location"]).params["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, "client_id": app}
    told = httpx.post(f"{base}/oauth2/token", data=form, trust_env=False).json()
    assert (told["patient"], told["encounter"], told["scope"]) == (patient, "e1", "patient/*.read launch")
    entries = live.control.get("/journal").text
    assert code not in entries
    assert told["access_token"] not in entries


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"client_id": "nobody"}, 404),
        ({"client_id": "app", "patient": "eUnknown"}, 404),
        ({"client_id": "app", "user": "Practitioner/eUnknown"}, 404),
        ({"client_id": "app", "lifetime_s": 0}, 400),
        ({"patient": "x"}, 400),
        ({"client_id": "app"}, 200),
    ],
)
def test_what_can_be_started(live: Any, app: str, body: dict[str, Any], status: int) -> None:
    assert live.control.post("/launches", json=body).status_code == status, app
