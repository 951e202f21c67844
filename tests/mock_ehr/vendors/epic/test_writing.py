"""Creates: what is accepted, where it goes, and each refusal with its code."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from synthetic.r4.rules import problems

HL7 = "http://terminology.hl7.org/CodeSystem"
DELETE = object()


def coded(system: str, code: str, text: str = "") -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]} | ({"text": text} if text else {})


@pytest.fixture
def bodies(population: Any) -> dict[str, dict[str, Any]]:
    """A good body of each type that can be created, for the first patient."""
    chart = population.chart(0)
    statuses = {encounter.id: encounter.body["status"] for encounter in chart.of_type("Encounter")}
    opened = next(name for name, status in statuses.items() if status == "in-progress")
    owner = {"reference": f"Patient/{chart.id}"}
    return {
        "AllergyIntolerance": {
            "resourceType": "AllergyIntolerance",
            "clinicalStatus": coded(f"{HL7}/allergyintolerance-clinical", "active"),
            "code": coded("http://www.nlm.nih.gov/research/umls/rxnorm", "7980", "Penicillin"),
            "patient": owner,
        },
        "Condition": {
            "resourceType": "Condition",
            "clinicalStatus": coded(f"{HL7}/condition-clinical", "active"),
            "verificationStatus": coded(f"{HL7}/condition-ver-status", "provisional"),
            "category": [coded(f"{HL7}/condition-category", "problem-list-item")],
            "code": coded("http://hl7.org/fhir/sid/icd-10-cm", "I10", "Hypertension"),
            "subject": owner,
        },
        "Observation": {
            "resourceType": "Observation",
            "status": "final",
            "category": [coded(f"{HL7}/observation-category", "vital-signs")],
            "code": coded("http://loinc.org", "8867-4", "Heart rate"),
            "subject": owner,
            "encounter": {"reference": f"Encounter/{opened}"},
            "effectiveDateTime": "2026-06-15T07:30:00Z",
            "valueQuantity": {"value": 72, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
        },
    }


def changed(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    made = copy.deepcopy(body)
    place = made
    *way, last = path.split(".")
    for step in way:
        place = place[int(step)] if step.isdecimal() else place[step]
    if value is DELETE:
        del place[last]
    else:
        place[last] = value
    return made


@pytest.mark.parametrize("name", ["AllergyIntolerance", "Condition", "Observation"])
def test_creates_with_a_relative_location_and_no_body(desk: Any, bodies: Any, name: str) -> None:
    seen = desk.post(name, bodies[name])
    assert (seen.status, seen.body) == (201, b"")
    assert seen.headers["location"].startswith(f"{name}/e")
    assert not {"etag", "last-modified", "content-type"} & seen.headers.keys()
    (entry,) = desk.journal()
    assert (entry["committed"], entry["interaction"], entry["patients"]) == (
        True,
        "create",
        [desk.state.store.records(0)[0].id],
    )


@pytest.mark.parametrize("name", ["AllergyIntolerance", "Condition"])
def test_the_same_again_makes_two_records(desk: Any, bodies: Any, name: str) -> None:
    locations = [desk.post(name, bodies[name], if_none_exist="x=y").headers["location"] for _ in range(2)]
    assert locations[0] != locations[1]
    assert len(list(desk.state.store.written())) == 2


def test_the_same_vital_sign_again_is_refused(desk: Any, bodies: Any, desk_with: Any) -> None:
    vital = bodies["Observation"]
    assert desk.post("Observation", vital).status == 201
    seen = desk.post("Observation", changed(vital, "effectiveDateTime", "2026-06-15T08:30:00+01:00"))
    assert (seen.status, seen.codes()) == (400, ["59189"])
    assert seen.json()["issue"][0]["expression"] == ["code", "effectiveDateTime"]
    assert desk.post("Observation", changed(vital, "effectiveDateTime", "2026-06-15T07:31:00Z")).status == 201
    lax = desk_with(repeated_vitals_refused=False)
    assert [lax.post("Observation", vital).status for _ in range(2)] == [201, 201]


def test_a_reading_that_the_chart_has_already_is_refused(desk: Any, bodies: Any, population: Any) -> None:
    known = next(o.body for o in population.chart(0).of_type("Observation") if b'"8867-4"' in o.json)
    vital = changed(bodies["Observation"], "effectiveDateTime", known["effectiveDateTime"])
    assert desk.post("Observation", vital).codes() == ["59189"]


@pytest.mark.parametrize(("name", "query"), [("AllergyIntolerance", ""), ("Condition", "")])
def test_allergies_and_problems_wait_in_a_holding_area(desk: Any, bodies: Any, name: str, query: str) -> None:
    owner = desk.state.store.records(0)[0].id
    before = desk.get(f"{name}?patient={owner}{query}").ids()
    location = desk.post(name, bodies[name]).headers["location"]
    assert desk.get(f"{name}?patient={owner}{query}").ids() == before
    assert desk.get(f"{name}?_id={location.partition('/')[2]}").ids() == []
    assert desk.get(location).status == 404
    record = desk.state.store.find(*location.split("/"))
    assert (record.written, record.held) == (True, True)


def test_held_records_can_be_readable(desk_with: Any, bodies: Any) -> None:
    desk = desk_with(held_are_readable=True)
    assert desk.get(desk.post("Condition", bodies["Condition"]).headers["location"]).status == 200


def test_vital_signs_are_found_at_once_and_come_back_changed(desk: Any, bodies: Any) -> None:
    owner = desk.state.store.records(0)[0].id
    location = desk.post("Observation", bodies["Observation"]).headers["location"]
    body = desk.get(location).json()
    assert location.partition("/")[2] in desk.get(f"Observation?patient={owner}&code=8867-4").ids()
    assert body["code"]["text"] == "HEART RATE"
    assert [coding["code"] for coding in body["code"]["coding"]] == ["8867-4", "8"]
    assert problems(body) == []


def test_returns_what_was_filed_when_asked_to(desk: Any, bodies: Any) -> None:
    seen = desk.post("Observation", bodies["Observation"], prefer="return=representation")
    assert (seen.status, seen.json()["id"]) == (201, seen.headers["location"].partition("/")[2])


def test_decimals_are_filed_as_written(desk: Any, bodies: Any) -> None:
    text = json.dumps(bodies["Observation"]).replace('"value": 72', '"value": 72.50')
    seen = desk.post("Observation", text.encode(), prefer="return=representation")
    assert b'"value":72.50' in seen.body


def test_the_id_of_the_client_is_not_taken(desk: Any, bodies: Any) -> None:
    seen = desk.post("Condition", bodies["Condition"] | {"id": "mine", "meta": {"versionId": "9"}})
    assert seen.headers["location"] != "Condition/mine"
    filed = desk.state.store.find(*seen.headers["location"].split("/")).body()
    assert "meta" not in filed


@pytest.mark.parametrize(
    ("name", "path", "value", "status", "code"),
    [
        ("AllergyIntolerance", "code", DELETE, 400, "59108"),
        ("AllergyIntolerance", "patient", DELETE, 400, "59108"),
        ("AllergyIntolerance", "patient", {"display": "Somebody"}, 400, "59159"),
        ("AllergyIntolerance", "patient.reference", "Patient/eUnknown", 400, "59144"),
        ("AllergyIntolerance", "patient.reference", "Group/e1", 400, "59102"),
        ("AllergyIntolerance", "clinicalStatus", DELETE, 400, "59102"),
        ("AllergyIntolerance", "resourceType", "Condition", 400, "59102"),
        ("AllergyIntolerance", "colour", "red", 400, "59102"),
        ("AllergyIntolerance", "type", "banana", 400, "59111"),
        ("Condition", "category", DELETE, 400, "59108"),
        ("Condition", "code", DELETE, 400, "59108"),
        ("Condition", "verificationStatus", DELETE, 400, "59108"),
        ("Condition", "verificationStatus.coding.0.code", "confirmed", 422, "59012"),
        ("Condition", "verificationStatus.coding.0.code", "banana", 400, "59111"),
        ("Condition", "onsetDateTime", "yesterday", 400, "59102"),
        ("Condition", "encounter", {"reference": "Encounter/eUnknown"}, 400, "59144"),
        ("Observation", "status", "banana", 400, "59111"),
        ("Observation", "status", DELETE, 400, "59108"),
        ("Observation", "encounter", DELETE, 400, "59108"),
        ("Observation", "encounter.reference", "Encounter/eUnknown", 400, "59144"),
        ("Observation", "effectiveDateTime", DELETE, 400, "59108"),
        ("Observation", "effectiveDateTime", "2026-06-15", 400, "59111"),
        ("Observation", "valueQuantity", DELETE, 400, "59108"),
        ("Observation", "valueQuantity.value", "72", 400, "59102"),
        ("Observation", "category.0.coding.0.code", "laboratory", 400, "59111"),
        ("Observation", "code.coding.0.code", "2951-2", 400, "59188"),
        ("Observation", "code.coding.0.system", "urn:other", 400, "59188"),
    ],
)
def test_refuses(desk: Any, bodies: Any, name: str, path: str, value: Any, status: int, code: str) -> None:
    seen = desk.post(name, changed(bodies[name], path, value))
    assert (seen.status, seen.codes()[-1]) == (status, code)
    assert problems(seen.json()) == []
    assert list(desk.state.store.written()) == []
    assert desk.journal()[0]["committed"] is False
    assert desk.post(name, bodies[name]).status == 201


def test_an_encounter_has_to_be_open_and_of_the_same_patient(desk: Any, bodies: Any, population: Any) -> None:
    charts = (population.chart(index) for index in range(population.size))
    closed = next(e for chart in charts for e in chart.of_type("Encounter") if e.body["status"] == "finished")
    owner = closed.body["subject"]["reference"]
    vital = changed(bodies["Observation"], "encounter.reference", f"Encounter/{closed.id}")
    assert desk.post("Observation", changed(vital, "subject.reference", owner)).codes() == ["59187"]
    foreign = population.chart(1).of_type("Encounter")[0]
    vital = changed(bodies["Observation"], "encounter.reference", f"Encounter/{foreign.id}")
    assert desk.post("Observation", vital).codes() == ["59159"]


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        pytest.param(b"{", {}, 400, "59105", id="truncated"),
        pytest.param(b"", {}, 400, "59105", id="empty"),
        pytest.param(b'\xff{"a":1}', {}, 400, "59105", id="bad bytes"),
        pytest.param(b'{"a":1,"a":2}', {}, 400, "59105", id="name twice"),
        pytest.param(b'{"a":NaN}', {}, 400, "59105", id="NaN"),
        pytest.param(b"[" * 100_000, {}, 400, "59105", id="too deep"),
        pytest.param(b"[]", {}, 400, "59102", id="array"),
        pytest.param(b"null", {}, 400, "59102", id="null"),
        pytest.param(b"{}", {"content_type": "text/plain"}, 415, "59102", id="text"),
        pytest.param(b"{}", {"content_type": ""}, 415, "59102", id="no type"),
    ],
)
def test_refuses_what_is_no_json_resource(
    desk: Any, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    seen = desk.post("Condition", body, **headers)
    assert (seen.status, seen.codes()) == (status, [code])


def test_xml_bodies_are_named_as_missing(desk: Any) -> None:
    assert desk.post("Condition", b"<Condition/>", content_type="application/fhir+xml").status == 501


def order(owner: str) -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "code": coded("http://loinc.org", "24321-2", "Basic metabolic panel"),
        "subject": {"reference": owner},
    }


def procedure(owner: str) -> dict[str, Any]:
    return {
        "resourceType": "Procedure",
        "status": "completed",
        "code": coded("http://snomed.info/sct", "410155007", "Assessment"),
        "subject": {"reference": owner},
        "performedDateTime": "2026-06-15",
    }


@pytest.mark.parametrize("make", [order, procedure])
def test_orders_and_procedures_are_found_at_once(desk: Any, make: Any) -> None:
    owner = f"Patient/{desk.state.store.records(0)[0].id}"
    seen = desk.post(make(owner)["resourceType"], make(owner))
    assert (seen.status, seen.body) == (201, b"")
    name, _, new_id = seen.headers["location"].partition("/")
    assert new_id in desk.get(f"{name}?patient={owner}").ids()
    filed = desk.get(f"{name}/{new_id}").json()
    assert (problems(filed), filed["code"]["text"]) == ([], make(owner)["code"]["text"].upper())
    again = desk.post(name, make(owner)).headers["location"]
    assert again != seen.headers["location"]


@pytest.mark.parametrize("change", [{"code": DELETE}, {"subject.reference": "Patient/eUnknown"}, {"status": "banana"}])
def test_orders_follow_the_rules_too(desk: Any, change: dict[str, Any]) -> None:
    body = order(f"Patient/{desk.state.store.records(0)[0].id}")
    for path, value in change.items():
        body = changed(body, path, value)
    assert desk.post("ServiceRequest", body).status == 400


def test_a_site_may_refuse_duplicates(desk_with: Any, bodies: Any) -> None:
    desk = desk_with(duplicates_refused=("Condition", "ServiceRequest"))
    assert desk.post("Condition", bodies["Condition"]).status == 201
    seen = desk.post("Condition", bodies["Condition"])
    assert (seen.status, seen.codes()) == (400, ["59141"])
    assert desk.post("Condition", changed(bodies["Condition"], "code.text", "Other")).status == 201


def test_an_outcome_tells_where_it_went_when_asked_to(desk: Any, bodies: Any) -> None:
    seen = desk.post("Condition", bodies["Condition"], prefer="return=OperationOutcome")
    assert (seen.status, seen.codes(), problems(seen.json())) == (201, ["59133"], [])
    assert "holding area" in seen.json()["issue"][0]["diagnostics"]
    filed = desk.post("Observation", bodies["Observation"], prefer="return=OperationOutcome")
    assert "holding area" not in filed.json()["issue"][0]["diagnostics"]


def test_what_is_written_can_be_left_as_it_is(desk_with: Any, bodies: Any) -> None:
    desk = desk_with(rewrite_written=False)
    filed = desk.get(desk.post("Observation", bodies["Observation"]).headers["location"]).json()
    assert filed["code"] == bodies["Observation"]["code"]


def test_held_types_are_a_choice(desk_with: Any, bodies: Any) -> None:
    desk = desk_with(held_types=())
    location = desk.post("Condition", bodies["Condition"]).headers["location"]
    assert (
        location.partition("/")[2] in desk.get(f"Condition?patient={bodies['Condition']['subject']['reference']}").ids()
    )
