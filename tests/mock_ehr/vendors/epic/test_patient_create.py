"""Patient create: it matches before it creates."""

from __future__ import annotations

from typing import Any

import pytest

from synthetic.r4.rules import problems

SSN = "http://hl7.org/fhir/sid/us-ssn"


@pytest.fixture
def newcomer() -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": SSN, "value": "900-12-3456"}],
        "name": [{"family": "Neumann", "given": ["Zelda", "Q."]}],
        "gender": "female",
        "birthDate": "1971-03-02",
    }


def known_as(patient: dict[str, Any], ssn: str = "") -> dict[str, Any]:
    """A create of somebody who is a patient already."""
    name = next(name for name in patient["name"] if name.get("use") == "official")
    return {
        "resourceType": "Patient",
        "identifier": [{"system": SSN, "value": ssn}],
        "name": [{"family": name["family"], "given": name["given"]}],
        "gender": patient["gender"],
        "birthDate": patient["birthDate"],
    }


def ssn_of(patient: dict[str, Any]) -> str:
    return next((row["value"] for row in patient["identifier"] if row.get("system") == SSN), "")


@pytest.fixture
def somebody(population: Any) -> dict[str, Any]:
    bodies = (population.patient(index).body for index in range(population.size))
    return next(body for body in bodies if ssn_of(body))


def test_a_new_patient_gets_numbers_and_is_found(desk: Any, newcomer: dict[str, Any]) -> None:
    seen = desk.post("Patient", newcomer)
    assert (seen.status, seen.body) == (201, b"")
    patient_id = seen.headers["location"].partition("/")[2]
    filed = desk.get(f"Patient/{patient_id}").json()
    assert problems(filed) == []
    labels = [identifier.get("type", {}).get("text") for identifier in filed["identifier"]]
    assert labels == ["INTERNAL", "MRN", None]
    number = filed["identifier"][1]["value"]
    for query in (f"identifier={number}", f"identifier=MRN|{number}", "identifier=900-12-3456",
                  "family=neu&given=zelda", "family=neumann&birthdate=1971-03-02", f"_id={patient_id}"):  # fmt: skip
        assert desk.get(f"Patient?{query}").ids() == [patient_id], query
    entry = desk.journal()[0]
    assert (entry["patients"], entry["committed"]) == ([patient_id], True)


def test_a_new_patient_can_be_written_about(desk: Any, newcomer: dict[str, Any]) -> None:
    patient = desk.post("Patient", newcomer).headers["location"]
    code = {"coding": [{"system": "http://loinc.org", "code": "24321-2"}]}
    order = {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "code": code,
             "subject": {"reference": patient}}  # fmt: skip
    location = desk.post("ServiceRequest", order).headers["location"]
    assert desk.get(f"ServiceRequest?patient={patient}").ids() == [location.partition("/")[2]]
    assert desk.get(f"Condition?patient={patient}").ids() == []


def test_who_is_known_already_is_not_made_again(desk: Any, somebody: dict[str, Any]) -> None:
    seen = desk.post("Patient", known_as(somebody, ssn_of(somebody)))
    assert (seen.status, seen.headers["location"]) == (200, f"Patient/{somebody['id']}")
    assert desk.journal()[0]["committed"] is False
    assert list(desk.state.store.written()) == []


def test_who_was_created_is_known_the_second_time(desk: Any, newcomer: dict[str, Any]) -> None:
    first, second = desk.post("Patient", newcomer), desk.post("Patient", newcomer)
    assert (first.status, second.status) == (201, 200)
    assert first.headers["location"] == second.headers["location"]


def test_another_number_is_another_person(desk: Any, somebody: dict[str, Any]) -> None:
    assert desk.post("Patient", known_as(somebody, "900-00-0001")).status == 201


def test_the_status_of_a_match_is_a_choice(desk_with: Any, somebody: dict[str, Any]) -> None:
    desk = desk_with(matched_patient_status=201)
    assert desk.post("Patient", known_as(somebody, ssn_of(somebody))).status == 201


def test_the_sandbox_insists_on_a_social_security_number(desk: Any, desk_with: Any, newcomer: dict[str, Any]) -> None:
    del newcomer["identifier"]
    seen = desk.post("Patient", newcomer)
    assert (seen.status, seen.codes()) == (400, ["59108"])
    assert seen.json()["issue"][0]["expression"] == ["identifier (ssn)"]
    assert desk_with(patient_needs_ssn=False).post("Patient", newcomer).status == 201


@pytest.mark.parametrize("name", ["name", "gender", "birthDate"])
def test_a_patient_needs(desk: Any, newcomer: dict[str, Any], name: str) -> None:
    del newcomer[name]
    assert desk.post("Patient", newcomer).codes() == ["59108"]


def test_a_merged_patient_is_no_match(desk: Any, somebody: dict[str, Any], population: Any) -> None:
    other = next(chart for chart in map(population.chart, range(40)) if chart.id != somebody["id"])
    desk.state.store.merge(somebody["id"], other.id)
    assert desk.post("Patient", known_as(somebody, ssn_of(somebody))).status == 201
