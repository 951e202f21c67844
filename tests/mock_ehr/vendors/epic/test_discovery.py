"""The published documents, and that they are true."""

from __future__ import annotations

from typing import Any

import pytest

from mock_ehr.search import PARAMETERS
from synthetic.r4.rules import problems


def test_the_statement_is_valid_and_needs_no_token(desk: Any) -> None:
    seen = desk.get("metadata", token="")
    body = seen.json()
    assert seen.status == 200
    assert problems(body) == []
    assert (body["kind"], body["fhirVersion"], body["software"]["name"], body["format"]) == (
        "instance",
        "4.0.1",
        "Epic",
        ["xml", "json"],
    )
    assert body["implementation"]["url"] == "http://ehr.test/FHIR/api/FHIR/R4"


def resources(desk: Any) -> dict[str, dict[str, Any]]:
    return {row["type"]: row for row in desk.get("metadata").json()["rest"][0]["resource"]}


def test_each_listed_interaction_exists_and_no_other(desk: Any, population: Any) -> None:
    rows = resources(desk)
    chart = population.chart(0)
    for name, row in rows.items():
        codes = [interaction["code"] for interaction in row["interaction"]]
        assert desk.get(f"{name}/{chart.of_type(name)[0].id}").status == 200
        assert desk.get(f"{name}?_id={chart.of_type(name)[0].id}").ids() == [chart.of_type(name)[0].id]
        created = desk.post(name, {}).status
        assert (created == 400) == ("create" in codes)
    assert desk.get("Immunization?patient=x").status == 501
    assert "Immunization" not in rows


SAMPLES = {"token": "x", "date": "2026-01-01", "reference": "Encounter/e1", "string": "x"}


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_each_listed_parameter_filters(desk: Any, population: Any, name: str) -> None:
    """A parameter that is dropped would find everything; one that works finds nothing for a value nobody has."""
    chart = population.chart(0)
    needed = "" if name == "Patient" else f"patient={chart.id}&"
    for row in resources(desk)[name]["searchParam"]:
        if row["name"] in ("patient", "subject", "category"):
            continue
        value = "1800-01-01" if row["type"] == "date" else SAMPLES[row["type"]]
        query = f"{needed}{'family=x&given=x&' if name == 'Patient' else ''}{row['name']}={value}"
        if name == "Observation":
            query += "&category=vital-signs"
        seen = desk.get(f"{name}?{query}")
        assert (seen.status, seen.ids()) == (200, []), row["name"]


def test_the_smart_configuration_agrees(desk: Any) -> None:
    body = desk.get(".well-known/smart-configuration", token="").json()
    security = desk.get("metadata").json()["rest"][0]["security"]
    assert body["token_endpoint"] == "http://ehr.test/FHIR/oauth2/token"
    assert security["extension"][0]["extension"][0] == {"url": "token", "valueUri": body["token_endpoint"]}
    assert "RS384" in body["token_endpoint_auth_signing_alg_values_supported"]
    assert {"capabilities", "grant_types_supported", "code_challenge_methods_supported"} <= body.keys()


def test_reads_carry_no_version(desk: Any, population: Any) -> None:
    seen = desk.get(f"Patient/{population.chart(0).id}")
    assert not {"etag", "last-modified"} & seen.headers.keys()
    assert not {"versionId", "lastUpdated"} & seen.json().get("meta", {}).keys()
    missing = desk.get("Patient/eUnknown")
    assert (missing.status, missing.codes(), missing.json()["issue"][0]["location"]) == (404, ["59008"], ["/f:id"])
