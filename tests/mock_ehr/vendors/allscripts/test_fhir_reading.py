"""Veradigm FHIR: standard reads and searches, promised writes that are refused, redaction in place of 403."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mock_ehr.message import Request
from synthetic.population import Chart, Population
from synthetic.r4.rules import problems
from tests.mock_ehr.vendors.allscripts.clinic import FHIR, PATIENT, PUBLIC, RICH, Clinic

CLINICAL = (
    *("AllergyIntolerance", "CarePlan", "Condition", "Coverage", "DiagnosticReport", "DocumentReference", "Encounter"),
    *("Immunization", "MedicationRequest", "Observation", "Procedure", "RelatedPerson", "ServiceRequest"),
)


def chart_with(population: Population, resource_type: str) -> Chart:
    charts = (population.chart(index) for index in range(population.size))
    return next(chart for chart in charts if chart.of_type(resource_type))


def statement(clinic: Clinic) -> Any:
    return clinic.fhir("metadata").json()


def test_a_read_gives_the_resource(clinic: Clinic, chart: Chart) -> None:
    seen = clinic.fhir(f"Patient/{chart.id}", accept="application/fhir+json; fhirVersion=4.0")
    assert (seen.status, seen.headers["content-type"]) == (200, "application/fhir+json; charset=utf-8")
    assert json.loads(seen.body) == json.loads(chart.patient.json)


@pytest.mark.parametrize("resource_type", CLINICAL)
def test_searches_find_the_chart(clinic: Clinic, population: Population, resource_type: str) -> None:
    chart = chart_with(population, resource_type)
    bundle = clinic.fhir(f"{resource_type}?patient={chart.id}").json()
    assert problems(bundle) == []
    assert bundle["total"] == len(chart.of_type(resource_type)) == len(bundle.get("entry", []))
    assert [entry["resource"]["id"] for entry in bundle["entry"]] == [one.id for one in chart.of_type(resource_type)]


def test_an_empty_search_has_no_entry(clinic: Clinic, chart: Chart) -> None:
    bundle = clinic.fhir(f"Condition?patient={chart.id}&code=nonsense").json()
    assert (bundle["total"], "entry" in bundle) == (0, False)


def test_pages(clinic: Clinic, chart: Chart) -> None:
    seen = clinic.fhir(f"Observation?patient={chart.id}&_count=10")
    ids, total = seen.ids(), seen.json()["total"]
    while seen.link("next"):
        seen = clinic.fhir(seen.link("next"))
        assert seen.json()["total"] == total
        ids += seen.ids()
    assert ids == [one.id for one in chart.of_type("Observation")]
    assert clinic.fhir("Observation?_page=unknown").status == 404


@pytest.mark.parametrize("query", ["family={family}", "name={given}&birthdate={born}", "identifier={mrn}", "_id={id}"])
def test_patients_are_found(clinic: Clinic, chart: Chart, query: str) -> None:
    body = chart.patient.body
    name = body["name"][0]
    words = {"family": name["family"].lower(), "given": name["given"][0][:4].upper(), "born": body["birthDate"]}
    assert chart.id in clinic.fhir(f"Patient?{query.format(id=chart.id, mrn=chart.mrn, **words)}").ids()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("Patient/nobody", 404),
        ("Observation", 400),
        ("Patient", 400),
        ("Patient?gender=male", 400),
        ("Condition?patient={}&colour=red", 400),
        ("Condition?patient={}&_count=many", 400),
        ("Condition?patient={}&code:not=x", 501),
        ("DocumentReference/$docref?patient={}", 501),
    ],
)
def test_refusals_are_outcomes_that_tell_of_the_inside(clinic: Clinic, chart: Chart, path: str, status: int) -> None:
    seen = clinic.fhir(path.format(chart.id))
    assert seen.status == status
    body = seen.json()
    assert (problems(body), "id" in body, "text" in body) == ([], True, True)
    assert body["issue"][0]["severity"] == "error"
    if status != 501:
        assert (body["issue"][0]["code"], "Veradigm.Fhir" in body["issue"][0]["diagnostics"]) == ("code-invalid", True)


@pytest.mark.parametrize("resource_type", ["Appointment", "Slot", "Schedule", "Nonsense"])
def test_there_is_no_scheduling(clinic: Clinic, chart: Chart, resource_type: str) -> None:
    assert clinic.fhir(f"{resource_type}?patient={chart.id}").status == 404
    assert resource_type not in [one["type"] for one in statement(clinic)["rest"][0]["resource"]]


def test_writes_are_promised_and_refused(clinic: Clinic, chart: Chart) -> None:
    promised = [
        one["type"]
        for one in statement(clinic)["rest"][0]["resource"]
        if {"code": "create"} in one["interaction"] and {"code": "update"} in one["interaction"]
    ]
    assert len(promised) == 12
    for resource_type in promised:
        assert clinic.fhir(resource_type, "POST", b"{}").status == 403
        assert clinic.fhir(f"{resource_type}/{chart.id}", "PUT", b"{}").status == 403
    assert list(clinic.state.store.written()) == []


def test_the_statement_is_what_was_seen(clinic: Clinic, clinic_with: Callable[..., Clinic]) -> None:
    said = statement(clinic)
    assert problems(said) == []
    assert (said["fhirVersion"], said["software"]["version"]) == ("4.0.1", "4.22")
    assert {one["versioning"] for one in said["rest"][0]["resource"]} == {"no-version"}
    old = clinic_with("metadata_dstu2_type=true").fhir("metadata")
    assert old.headers["content-type"] == "application/json+fhir; charset=utf-8"


def test_the_smart_document_names_things_its_own_way(clinic: Clinic) -> None:
    said = clinic.fhir(".well-known/smart-configuration").json()
    assert "token_endpoint_auth_methods_supported" not in said
    assert {"hybrid", "implicit"} <= set(said["grant_types_supported"])


@pytest.mark.parametrize("bearer", ["", "nonsense"])
def test_without_a_token_the_body_is_a_bare_error(clinic: Clinic, chart: Chart, bearer: str) -> None:
    clinic.bearer = bearer
    seen = clinic.fhir(f"Patient/{chart.id}")
    assert (seen.status, seen.json()) == (401, {"error": "invalid_token"})


def test_expired_tokens_are_refused(clinic: Clinic, chart: Chart) -> None:
    clinic.ticker.now += 3600
    assert clinic.fhir(f"Patient/{chart.id}").status == 401


def test_a_token_covers_what_was_asked_for(clinic: Clinic, chart: Chart) -> None:
    clinic.bearer = clinic.ask_token(clinic.assertion(), scope="system/Patient.rs").json()["access_token"]
    assert clinic.fhir(f"Patient/{chart.id}").status == 200
    assert clinic.fhir(f"Condition?patient={chart.id}").status == 403


@pytest.mark.parametrize("resource_type", ["Patient", *CLINICAL])
def test_hidden_data_comes_back_redacted_with_200(clinic: Clinic, population: Population, resource_type: str) -> None:
    chart = chart_with(population, resource_type)
    clinic.state.protected[chart.id] = "restricted"
    query = f"_id={chart.id}" if resource_type == "Patient" else f"patient={chart.id}"
    seen = clinic.fhir(f"{resource_type}?{query}")
    bundle = seen.json()
    assert (seen.status, problems(bundle)) == (200, [])
    for entry in bundle["entry"]:
        assert "REDACTED" in [label["code"] for label in entry["resource"]["meta"]["security"]]
    for phi in chart.phi():
        if len(phi.text) > 3:
            assert phi.text.encode() not in seen.body
    read = clinic.fhir(f"{resource_type}/{bundle['entry'][0]['resource']['id']}")
    assert read.json() == bundle["entry"][0]["resource"]


def test_hidden_data_can_be_refused_instead(
    clinic_with: Callable[..., Clinic], chart: Chart, population: Population
) -> None:
    clinic = clinic_with("redacts=false")
    clinic.bearer = clinic.ask_token(clinic.assertion()).json()["access_token"]
    clinic.state.protected[chart.id] = "break-the-glass"
    assert clinic.fhir(f"Patient/{chart.id}").status == 403
    assert clinic.fhir(f"Condition?patient={chart.id}").status == 403
    assert clinic.fhir(f"Patient/{population.chart(RICH + 1).id}").status == 200


def test_what_unity_wrote_is_read_through_fhir(clinic: Clinic, chart: Chart) -> None:
    clinic.rows("SaveNote", PATIENT, "hello", "Letter", "Final", "N")
    assert clinic.written("DocumentReference")[0]["id"] in clinic.fhir(f"DocumentReference?patient={chart.id}").ids()


@pytest.mark.parametrize("path", ["Patient/{}", "Condition?patient={}", "Patient?identifier={mrn}"])
def test_wrong_patient(clinic: Clinic, population: Population, chart: Chart, path: str) -> None:
    clinic.state.faults.arm({"behaviour": {"kind": "wrong-patient"}})
    body = clinic.fhir(path.format(chart.id, mrn=chart.mrn)).body
    assert population.chart(RICH + 1).id.encode() in body
    assert clinic.state.faults.listing()[0]["applied"] == 1


@pytest.mark.parametrize(("status", "content_type"), [(401, "json"), (429, ""), (500, "fhir+json"), (503, "html")])
def test_status_faults(clinic: Clinic, chart: Chart, status: int, content_type: str) -> None:
    clinic.state.faults.arm({"behaviour": {"kind": "status", "status": status}})
    seen = clinic.fhir(f"Patient/{chart.id}")
    assert (seen.status, content_type in seen.headers.get("content-type", "")) == (status, True)


def test_altera_has_other_paths(clinic_with: Callable[..., Clinic]) -> None:
    clinic = clinic_with("altera_paths=true")
    seen = clinic.send(Request("GET", "/R4/fhir-Prod/metadata", ""))
    assert seen.json()["implementation"]["url"] == f"{PUBLIC}/R4/fhir-Prod"
    assert clinic.send(Request("GET", f"{FHIR}/metadata", "")).status == 404
