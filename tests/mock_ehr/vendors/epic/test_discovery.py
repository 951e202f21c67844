"""The published documents, and that they are true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_ehr.search import PARAMETERS
from mock_ehr.vendors.epic.quirks import CAPABILITY_SHAPES
from mock_ehr.vendors.epic.search_needs import NAMES_ONE
from mock_ehr.vendors.epic.surface import READABLE
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


def test_each_listed_interaction_exists_and_no_other(desk: Any, one_of: Callable[[str], str]) -> None:
    rows = resources(desk)
    assert set(READABLE) == {name for name, row in rows.items() if "interaction" in row}
    for name in READABLE:
        codes = {interaction["code"] for interaction in rows[name]["interaction"]}
        found = one_of(name)
        assert desk.get(f"{name}/{found}").status == 200
        searched = desk.get(f"{name}?_id={found}")
        assert (searched.status == 200) == ("search-type" in codes), name
        assert searched.status != 200 or searched.ids() == [found]
        assert (desk.post(name, {}).status == 400) == ("create" in codes), name
        assert (desk.put(f"{name}/{found}", {}).status == 400) == ("update" in codes), name
    assert desk.get("Goal?patient=x").status == 501
    assert "Goal" not in rows


SAMPLES = {"token": "x", "date": "1800-01-01", "reference": "Encounter/e1", "string": "x"}
NO_FILTER = ("_id", "patient", "subject", "beneficiary", "category", *NAMES_ONE)


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_each_listed_parameter_filters(desk: Any, one_of: Callable[[str], str], name: str) -> None:
    """A parameter that is dropped would leave the resource in; one that works finds nothing for a value nobody has."""
    listed = [row for row in resources(desk)[name]["searchParam"] if row["name"] not in NO_FILTER]
    found = one_of(name)
    assert listed
    for row in listed:
        value = "1800-01-01" if row["name"] == "birthdate" else SAMPLES[row["type"]]
        seen = desk.get(f"{name}?_id={found}&{row['name']}={value}")
        assert (seen.status, seen.ids()) == (200, []), row["name"]


def test_the_fleet_has_versions(desk_with: Any) -> None:
    body = desk_with(software_version="May 2022", fhir_version="4.0.0").get("metadata").json()
    assert (body["software"]["version"], body["software"]["releaseDate"], body["fhirVersion"]) == (
        "May 2022",
        "2022-05-01",
        "4.0.0",
    )
    assert problems(body) == []


def test_the_fleet_has_nine_shapes(desk_with: Any) -> None:
    shapes = set()
    for shape in CAPABILITY_SHAPES:
        seen = desk_with(capability_shape=shape).get("metadata")
        assert problems(seen.json()) == []
        shapes.add(seen.body)
    assert len(shapes) == 9


def test_some_sites_list_no_grant_types(desk_with: Any) -> None:
    body = desk_with(smart_lists_grants=False).get(".well-known/smart-configuration").json()
    assert not {"grant_types_supported", "code_challenge_methods_supported"} & body.keys()


def test_the_statement_says_what_is_advertised(desk: Any) -> None:
    body = desk.get("metadata").json()
    rest, rows = body["rest"][0], resources(desk)
    assert "interaction" not in rest
    assert [service["text"] for service in rest["security"]["service"]] == ["OAuth", "SMART-on-FHIR", "Basic"]
    assert rest["security"]["cors"] is True
    assert (rows["Condition"]["searchInclude"], rows["Condition"]["searchRevInclude"]) == (["*"], ["Provenance:target"])
    assert (rows["Condition"]["conditionalCreate"], rows["Condition"]["versioning"]) == (False, "no-version")
    assert [row["operation"][0]["name"] for row in rows.values() if "operation" in row] == ["match", "group-export"]


def test_the_smart_configuration_agrees(desk: Any) -> None:
    body = desk.get(".well-known/smart-configuration", token="").json()
    security = desk.get("metadata").json()["rest"][0]["security"]
    assert body["token_endpoint"] == "http://ehr.test/FHIR/oauth2/token"
    assert security["extension"][0]["extension"] == [
        {"url": "token", "valueUri": body["token_endpoint"]},
        {"url": "authorize", "valueUri": body["authorization_endpoint"]},
    ]
    assert "RS384" in body["token_endpoint_auth_signing_alg_values_supported"]
    assert {"capabilities", "grant_types_supported", "code_challenge_methods_supported"} <= body.keys()


def test_reads_carry_no_version(desk: Any, population: Any) -> None:
    seen = desk.get(f"Patient/{population.chart(0).id}")
    assert not {"etag", "last-modified"} & seen.headers.keys()
    assert not {"versionId", "lastUpdated"} & seen.json().get("meta", {}).keys()
    missing = desk.get("Patient/eUnknown")
    assert (missing.status, missing.codes(), missing.json()["issue"][0]["location"]) == (404, ["59008"], ["/f:id"])
