"""Formats and error pages."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from mock_ehr.message import Request
from synthetic.r4.rules import problems

FHIR_JSON = "application/fhir+json; charset=utf-8"
JSON = "application/json; charset=utf-8"
XML = "application/xml; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", XML),
        ("*/*", XML),
        ("text/plain", XML),
        ("application/*", XML),
        ("application/xml", XML),
        ("application/fhir+xml", "application/fhir+xml; charset=utf-8"),
        ("application/fhir+json", FHIR_JSON),
        ("application/json", JSON),
        ("application/fhir+json;q=0.5, application/fhir+xml", "application/fhir+xml; charset=utf-8"),
        ("application/fhir+json, */*;q=0.1", FHIR_JSON),
        ("APPLICATION/FHIR+JSON; fhirVersion=4.0", FHIR_JSON),
        ("application/json;q=0, */*", XML),
        ("application/json;q=x", XML),
    ],
)
@pytest.mark.parametrize("path", ["metadata", "Patient/unknown", "Condition"])
def test_xml_unless_json_is_asked_for_and_never_406(desk: Any, path: str, accept: str, content_type: str) -> None:
    seen = desk.get(path, accept=accept)
    assert (seen.status, seen.headers["content-type"]) == (
        {"metadata": 200, "Condition": 400}.get(path, 404),
        content_type,
    )
    if "xml" in content_type:
        assert ET.fromstring(seen.body).tag.startswith("{http://hl7.org/fhir}")
    else:
        assert problems(seen.json()) == []


@pytest.mark.parametrize(
    ("value", "content_type"),
    [("json", FHIR_JSON), ("application/json", JSON), ("xml", "application/fhir+xml; charset=utf-8")],
)
def test_format_wins_over_accept(desk: Any, value: str, content_type: str) -> None:
    assert desk.get(f"metadata?_format={value}", accept="application/xml").headers["content-type"] == content_type


def test_json_by_default_when_the_switch_says_so(desk_with: Any) -> None:
    assert desk_with(xml_by_default=False).get("metadata", accept="").headers["content-type"] == FHIR_JSON


def test_smart_configuration_is_json_whatever_accept_says(desk: Any) -> None:
    assert desk.get(".well-known/smart-configuration", accept="application/xml").headers["content-type"] == JSON


def test_a_bundle_in_xml_holds_the_resources(desk: Any, population: Any) -> None:
    seen = desk.get(f"Encounter?patient={population.chart(0).id}", accept="")
    names = {"f": "http://hl7.org/fhir"}
    root = ET.fromstring(seen.body)
    assert root.tag == "{http://hl7.org/fhir}Bundle"
    entries = root.findall("f:entry/f:resource/f:Encounter/f:id", names)
    assert len(entries) == len(population.chart(0).of_type("Encounter"))


@pytest.mark.parametrize("status", [404, 500])
def test_an_over_long_address_is_the_web_tiers(desk_with: Any, status: int) -> None:
    answer = desk_with(long_url_status=status).ehr._vendor.failure(Request("GET", "/", ""), 414, "html", ())
    assert (answer.status, answer.content_type) == (status, "text/html; charset=utf-8")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_the_status_of_a_method_that_does_not_exist_is_a_switch(desk_with: Any, method: str) -> None:
    seen = desk_with(wrong_method_status=404).write(method, "Patient/x", b"")
    assert (seen.status, seen.headers["content-type"]) == (404, "text/html; charset=utf-8")
