"""`Patient/$match`: one certain patient, several, only weak ones, none, and bad requests."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_ehr.store import Record
from synthetic.r4.rules import problems
from tests.mock_ehr.conftest import BASE, JSON, PUBLIC
from tests.mock_ehr.vendors.epic.launching import App

WEAK = {"birthDate": "1901-01-01"}


def person(desk: Any, index: int = 0, **changes: Any) -> dict[str, Any]:
    """The demographics of a chart as a client knows them; None removes an element."""
    body = desk.state.store.population.chart(index).resources[0]
    known = json.loads(body.json)
    sought = {name: known[name] for name in ("resourceType", "name", "birthDate", "gender", "telecom")} | changes
    return {name: value for name, value in sought.items() if value is not None}


def ask(desk: Any, sought: Any, *more: dict[str, Any], certain: Any = True, **headers: str) -> Any:
    parts = [{"name": "resource", "resource": sought}, {"name": "onlyCertainMatches", "valueBoolean": certain}, *more]
    return desk.post("Patient/$match", {"resourceType": "Parameters", "parameter": parts}, **headers)


def copy(desk: Any, index: int, new_id: str) -> None:
    record = desk.state.store.patient_at(index)
    body = record.body() | {"id": new_id}
    desk.state.store.add(Record("Patient", new_id, new_id, json.dumps(body, default=str).encode(), written=True))


def test_one_certain_match(desk: Any) -> None:
    seen = ask(desk, person(desk))
    body = seen.json()
    patient = desk.state.store.population.chart(0).id
    assert (seen.status, body["type"], body["total"], len(body["entry"])) == (200, "searchset", 1, 1)
    assert problems(body) == []
    entry = body["entry"][0]
    assert entry["fullUrl"] == f"{PUBLIC}{BASE}/Patient/{patient}"
    assert entry["resource"]["id"] == patient
    assert entry["search"]["score"] == 1
    assert entry["search"]["extension"] == [
        {"url": "http://hl7.org/fhir/StructureDefinition/match-grade", "valueCode": "certain"}
    ]
    assert desk.journal()[-1]["patients"] == [patient]


def test_an_address_will_do_for_a_phone(desk: Any) -> None:
    known = json.loads(desk.state.store.population.chart(0).resources[0].json)
    sought = person(desk, telecom=None, address=[{"postalCode": known["address"][0]["postalCode"]}])
    assert ask(desk, sought).json()["total"] == 1


def test_case_and_accents_of_names_do_not_matter(paper: Any) -> None:
    sought = {
        "resourceType": "Patient",
        "name": [{"family": "MULLER", "given": ["ana"]}],
        "birthDate": "1980-02-29",
        "gender": "female",
        "telecom": [{"value": "+1-555-0100"}],
    }
    assert ask(paper, sought).json()["total"] == 1


@pytest.mark.parametrize(
    "change",
    [WEAK, {"gender": "unknown"}, {"name": [{"family": "Nobody", "given": ["Nobody"]}]}],
    ids=["birth date", "gender", "name"],
)
def test_what_differs_is_no_certain_match(desk: Any, change: dict[str, Any]) -> None:
    seen = ask(desk, person(desk, **change))
    names = "name" in change
    assert seen.status == (200 if names else 400)
    codes = [issue["details"]["coding"][0]["code"] for issue in told(seen)]
    assert codes == (["4101"] if names else ["59013"])


def told(seen: Any) -> list[dict[str, Any]]:
    body = seen.json()
    if body["resourceType"] == "OperationOutcome":
        return body["issue"]
    return body["entry"][-1]["resource"]["issue"]


def test_nobody_is_a_bundle_with_4101(desk: Any) -> None:
    sought = person(desk, name=[{"family": "X", "given": ["Y"]}], **WEAK, telecom=[{"value": "0"}])
    seen = ask(desk, sought)
    body = seen.json()
    assert (seen.status, body["total"], body["entry"][0]["search"]["mode"]) == (200, 0, "outcome")
    assert problems(body) == []


@pytest.mark.parametrize("switch", [400, 422])
def test_several_certain_matches_are_refused(desk_with: Any, switch: int) -> None:
    desk = desk_with(match_multiple_status=switch)
    copy(desk, 0, "eTwin")
    seen = ask(desk, person(desk))
    assert (seen.status, seen.codes()) == (switch, ["59011"])


def test_a_merged_patient_is_not_found(desk: Any) -> None:
    copy(desk, 0, "eTwin")
    desk.state.store.merge("eTwin", desk.state.store.population.chart(0).id)
    assert ask(desk, person(desk)).json()["entry"][0]["resource"]["id"] == desk.state.store.population.chart(0).id


def test_identifiers_of_epics_own_are_ignored_with_a_remark(desk: Any) -> None:
    own = {"type": {"text": "EPI"}, "system": "urn:oid:1.2.840.114350.1.13.0.1.7.5.737384.14", "value": "E1"}
    seen = ask(desk, person(desk, identifier=[own, {"system": "http://other.test", "value": "1"}]))
    assert seen.json()["total"] == 1
    assert [issue["details"]["coding"][0]["code"] for issue in told(seen)] == ["59109"]


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"name": None}, ["59108"]),
        ({"name": [{"text": "Ana"}]}, ["59108"]),
        ({"birthDate": None}, ["59108"]),
        ({"gender": None}, ["59108"]),
        ({"telecom": None}, ["59108"]),
        ({"gender": None, "telecom": None}, ["59108", "59108"]),
        ({"resourceType": "Person"}, ["59102"]),
    ],
)
def test_what_a_match_needs(desk: Any, change: dict[str, Any], codes: list[str]) -> None:
    seen = ask(desk, person(desk, **change))
    assert (seen.status, seen.codes()) == (400, codes)


@pytest.mark.parametrize(("certain", "code"), [("true", "59102"), (False, "59138"), (1, "59102"), (None, "59102")])
def test_only_certain_matches_are_offered(desk: Any, certain: Any, code: str) -> None:
    seen = ask(desk, person(desk), certain=certain)
    assert (seen.status, seen.codes()) == (400, [code])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "59105"),
        (b"\xff", "59105"),
        ([], "59102"),
        ({"resourceType": "Patient"}, "59102"),
        ({"resourceType": "Parameters"}, "59102"),
        ({"resourceType": "Parameters", "parameter": ["x"]}, "59102"),
        ({"resourceType": "Parameters", "parameter": []}, "59108"),
        ({"resourceType": "Parameters", "parameter": [{"name": "resource", "valueString": "x"}]}, "59102"),
    ],
)
def test_bodies_that_are_no_request(desk: Any, body: Any, code: str) -> None:
    seen = desk.post("Patient/$match", body)
    assert (seen.status, seen.codes()) == (400, [code])


def test_count_media_types_and_methods(desk: Any) -> None:
    assert ask(desk, person(desk), {"name": "count", "valueInteger": 1}).status == 200
    assert ask(desk, person(desk), {"name": "count", "valueInteger": True}).codes() == ["59102"]
    assert ask(desk, person(desk), content_type="text/plain").status == 415
    assert ask(desk, person(desk), content_type="application/fhir+xml").status == 501
    assert desk.get("Patient/$match").status == 405


def test_who_may_ask(desk: Any) -> None:
    desk.register("gw", scopes=["system/Patient.r"])
    assert ask(desk, person(desk)).status == 403
    token = App(desk).log_in(scope="user/*.*")["access_token"]
    seen = ask(desk, person(desk), authorization=f"Bearer {token}", accept=JSON)
    assert (seen.status, seen.body) == (403, b"")


def test_the_summary_stays_unimplemented_and_says_so(desk: Any) -> None:
    seen = desk.get("Patient/e1/$summary")
    assert (seen.status, "$summary" in seen.body.decode()) == (501, True)
