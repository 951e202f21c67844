"""Bulk export: Groups that can be searched, polls that must wait, files that expire."""

from __future__ import annotations

import json

import pytest

from mock_ehr.groups import Group
from synthetic.population import Population
from synthetic.r4.rules import problems
from tests.mock_ehr.vendors.allscripts.clinic import Clinic


def start(clinic: Clinic, path: str = "Group/1/$export?_type=Patient,Condition") -> str:
    seen = clinic.fhir(path, prefer="respond-async")
    assert (seen.status, seen.body) == (202, b"")
    return seen.headers["content-location"]


def test_groups_can_be_searched(clinic: Clinic, population: Population) -> None:
    bundle = clinic.fhir("Group").json()
    assert problems(bundle) == []
    members = [one["entity"]["reference"] for entry in bundle["entry"] for one in entry["resource"]["member"]]
    assert members == [f"Patient/{population.chart(index).id}" for index in range(40)]
    clinic.state.groups["g"] = Group("g", "Flu campaign", (population.chart(7).id,))
    assert clinic.fhir("Group?name=flu").ids() == ["g"]
    assert clinic.fhir("Group/g").json()["quantity"] == 1
    assert clinic.fhir("Group/3").status == 404


def test_an_export_from_start_to_end(clinic: Clinic, population: Population) -> None:
    job = start(clinic)
    first = clinic.fhir(job)
    assert (first.status, first.headers["x-progress"], first.headers["retry-after"]) == (202, "0% complete", "5")
    clinic.ticker.now += 5
    assert clinic.fhir(job).headers["x-progress"] == "50% complete"
    clinic.ticker.now += 5
    done = clinic.fhir(job)
    manifest = done.json()
    assert done.headers["expires"] == "Tue, 16 Jun 2026 18:00:10 GMT"
    assert manifest["requiresAccessToken"] is True
    assert {one["type"]: one["count"] for one in manifest["output"]} == {
        "Patient": 20,
        "Condition": sum(len(population.chart(index).of_type("Condition")) for index in range(20)),
    }
    lines = clinic.fhir(manifest["output"][0]["url"]).body.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [population.chart(index).id for index in range(20)]


def test_polling_too_soon_is_429(clinic: Clinic) -> None:
    job = start(clinic)
    clinic.fhir(job)
    clinic.ticker.now += 4.9
    seen = clinic.fhir(job)
    assert (seen.status, seen.headers["retry-after"]) == (429, "5")
    clinic.ticker.now += 0.1
    assert clinic.fhir(job).status == 202


def test_exports_expire_and_are_cancelled(clinic: Clinic) -> None:
    job, other = start(clinic), start(clinic)
    assert clinic.fhir(job, "DELETE").status == 202
    assert clinic.fhir(job).status == 404
    clinic.ticker.now += 10 + 3600
    clinic.bearer = clinic.ask_token(clinic.assertion()).json()["access_token"]
    assert clinic.fhir(other).status == 200
    clinic.ticker.now += 86_400
    clinic.bearer = clinic.ask_token(clinic.assertion()).json()["access_token"]
    assert clinic.fhir(other).status == 404


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("Group/1/$export", {}, 400),
        ("Group/99/$export", {"prefer": "respond-async"}, 404),
        ("Group/1/$export?_type=Appointment", {"prefer": "respond-async"}, 400),
        ("Group/1/$export?_outputFormat=csv", {"prefer": "respond-async"}, 400),
        ("Patient/$export", {"prefer": "respond-async"}, 501),
        ("$export", {"prefer": "respond-async"}, 404),
    ],
)
def test_refusals(clinic: Clinic, path: str, headers: dict[str, str], status: int) -> None:
    assert clinic.fhir(path, **headers).status == status


def test_another_client_gets_nothing(clinic: Clinic) -> None:
    job = start(clinic)
    clinic.vendor.register("other", {"jwks": {"keys": [clinic.key.as_dict(private=False)]}})
    clinic.bearer = clinic.ask_token(clinic.assertion(iss="other", sub="other")).json()["access_token"]
    assert clinic.fhir(job).status == 404


def test_protected_patients_are_redacted_in_files(clinic: Clinic, population: Population) -> None:
    clinic.state.protected[population.chart(0).id] = "restricted"
    job = start(clinic)
    clinic.ticker.now += 10
    lines = clinic.fhir(clinic.fhir(job).json()["output"][0]["url"]).body.splitlines()
    assert [b"REDACTED" in line for line in lines] == [True] + [False] * 19
