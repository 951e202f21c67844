"""Updates: of what is there, under its own id."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from mock_ehr.vendors.epic.surface import UPDATABLE
from synthetic.r4.rules import problems


@pytest.fixture
def body_of(population: Any, one_of: Any) -> Any:
    """The body of one resource of a type, as an update may send it; a vital sign of an open encounter."""

    def make(name: str) -> dict[str, Any]:
        if name != "Observation":
            charts = (population.chart(index) for index in range(population.size))
            return next(chart.of_type(name)[0].body for chart in charts if chart.of_type(name))
        chart = population.chart(0)
        opened = next(e.reference for e in chart.of_type("Encounter") if e.body["status"] == "in-progress")
        vital = next(o.body for o in chart.of_type("Observation") if b'"8867-4"' in o.json)
        return {**vital, "encounter": {"reference": opened}}

    return make


def plain(body: dict[str, Any]) -> dict[str, Any]:
    """A body without the exact decimals, which the test's own JSON cannot write."""
    loaded: dict[str, Any] = json.loads(json.dumps(body, default=float))
    return loaded


@pytest.mark.parametrize("name", UPDATABLE)
def test_takes_the_place_of_what_was_there(desk: Any, body_of: Any, name: str) -> None:
    body = plain(body_of(name)) | {"language": "en-US"}
    seen = desk.put(f"{name}/{body['id']}", body)
    assert (seen.status, seen.body) == (200, b"")
    assert not {"etag", "location", "content-type"} & seen.headers.keys()
    after = desk.get(f"{name}/{body['id']}").json()
    assert after["language"] == "en-US"
    assert problems(after) == []
    patient = body["subject"]["reference"]
    assert desk.journal()[0]["patients"] == [patient.removeprefix("Patient/")]
    assert (desk.journal()[0]["interaction"], desk.journal()[0]["committed"]) == ("update", True)


def test_it_is_found_where_it_was(desk: Any, body_of: Any) -> None:
    body = plain(body_of("Procedure"))
    query = f"Procedure?patient={body['subject']['reference']}"
    before = desk.get(query).ids()
    assert desk.put(f"Procedure/{body['id']}", body | {"status": "in-progress"}).status == 200
    assert desk.get(query).ids() == before
    assert desk.get(f"{query}&status=in-progress").ids() == [body["id"]]
    assert desk.get(f"{query}&_lastUpdated=ge2027").ids() == [body["id"]]


def test_returns_what_was_filed_when_asked_to(desk: Any, body_of: Any) -> None:
    body = plain(body_of("ServiceRequest"))
    seen = desk.put(f"ServiceRequest/{body['id']}", body, prefer="return=representation")
    assert (seen.status, seen.json()["id"]) == (200, body["id"])


def test_if_match_is_not_looked_at(desk: Any, body_of: Any) -> None:
    body = plain(body_of("Procedure"))
    assert desk.put(f"Procedure/{body['id']}", body, if_match='W/"99"').status == 200


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"id": "eOther"}, 400, "59102"),
        ({"id": None}, 400, "59102"),
        ({"subject": None}, 400, "59108"),
        ({"status": "banana"}, 400, "59111"),
        ({"code": None}, 400, "59108"),
        ({"resourceType": "Observation"}, 400, "59102"),
        ({"encounter": {"reference": "Encounter/eUnknown"}}, 400, "59144"),
    ],
    ids=str,
)
def test_refuses(desk: Any, body_of: Any, change: dict[str, Any], status: int, code: str) -> None:
    body = plain(body_of("Procedure"))
    changed = {name: value for name, value in (body | change).items() if value is not None}
    seen = desk.put(f"Procedure/{body['id']}", changed)
    assert (seen.status, seen.codes()) == (status, [code])
    assert problems(seen.json()) == []
    assert "language" not in desk.get(f"Procedure/{body['id']}").json()
    assert desk.journal()[0]["committed"] is False


def test_a_record_stays_with_its_patient(desk: Any, body_of: Any, population: Any) -> None:
    body = plain(body_of("ServiceRequest"))
    owner = body["subject"]["reference"].removeprefix("Patient/")
    other = next(chart.id for chart in map(population.chart, range(40)) if chart.id != owner)
    moved = {name: copy.deepcopy(body[name]) for name in ("resourceType", "id", "status", "intent", "code")}
    seen = desk.put(f"ServiceRequest/{body['id']}", moved | {"subject": {"reference": f"Patient/{other}"}})
    assert (seen.status, seen.codes()) == (400, ["59159"])


def test_nothing_is_created_under_an_id_of_the_client(desk: Any, body_of: Any) -> None:
    body = plain(body_of("Procedure")) | {"id": "eMine"}
    assert (desk.put("Procedure/eMine", body).status, desk.put("Procedure/eMine", body).codes()) == (404, ["59008"])
    known = body_of("Procedure")["id"]
    desk.state.store.remove("Procedure", known)
    assert desk.put(f"Procedure/{known}", body | {"id": known}).codes() == ["4103"]


def test_a_vital_sign_does_not_repeat_itself(desk: Any, body_of: Any) -> None:
    body = plain(body_of("Observation"))
    assert desk.put(f"Observation/{body['id']}", body | {"valueQuantity": {"value": 61, "unit": "/min"}}).status == 200
    assert desk.put(f"Observation/{body['id']}", body | {"valueQuantity": {"value": 62, "unit": "/min"}}).status == 200


def test_an_update_needs_its_own_right(desk: Any, body_of: Any) -> None:
    body = plain(body_of("Procedure"))
    desk.register("gw", scopes=["system/*.crs"])
    assert desk.put(f"Procedure/{body['id']}", body).status == 403


def test_xml_bodies_are_named_as_missing(desk: Any, body_of: Any) -> None:
    place = f"Procedure/{body_of('Procedure')['id']}"
    assert desk.put(place, b"<Procedure/>", content_type="application/fhir+xml").status == 501
