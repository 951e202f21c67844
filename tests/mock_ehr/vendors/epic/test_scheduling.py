"""Finding free times and booking one, under STU3."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_ehr.message import Request
from synthetic.r4.rules import problems
from tests.mock_ehr.conftest import JSON, PUBLIC
from tests.mock_ehr.vendors.epic.launching import App

STU3 = "/FHIR/api/FHIR/STU3/Appointment"
BEGIN, END = "2026-06-15T00:00:00Z", "2026-06-17T00:00:00Z"


def post(desk: Any, name: str, parts: Any, token: str | None = None, **headers: str) -> Any:
    body = (
        parts if isinstance(parts, bytes) else json.dumps({"resourceType": "Parameters", "parameter": parts}).encode()
    )
    sent = {"accept": JSON, "content-type": JSON, "authorization": f"Bearer {token or desk.token}"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return desk.send(Request("POST", f"{STU3}/{name}", "", sent, body))


def times(start: str | None = BEGIN, end: str | None = END, *more: dict[str, Any]) -> list[dict[str, Any]]:
    named = [("startTime", start), ("endTime", end)]
    return [*({"name": name, "valueDateTime": value} for name, value in named if value is not None), *more]


def found(seen: Any) -> list[dict[str, Any]]:
    assert seen.status == 200, seen
    return [entry["resource"] for entry in seen.json()["entry"] if entry["search"]["mode"] == "match"]


def booking(appointment: str, patient: str, note: str | None = "Broken leg") -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [
        {"name": "patient", "valueIdentifier": {"value": patient}},
        {"name": "appointment", "valueIdentifier": {"value": appointment}},
    ]
    return [*parts, {"name": "appointmentNote", "valueString": note}] if note is not None else parts


def patient(desk: Any, index: int = 0) -> str:
    return desk.state.store.population.chart(index).id


def test_finds_free_times_in_order(desk: Any) -> None:
    seen = post(desk, "$find", times())
    offered = found(seen)
    body = seen.json()
    assert (body["type"], body["total"]) == ("searchset", len(offered))
    assert offered
    assert offered == sorted(offered, key=lambda one: (one["start"], one["id"]))
    assert all(one["start"] >= BEGIN and one["end"] <= END for one in offered)
    assert {one["status"] for one in offered} == {"proposed"}
    assert all(desk.state.store.find("Slot", one["id"]).body()["status"] == "free" for one in offered)
    assert body["entry"][0]["fullUrl"].startswith(f"{PUBLIC}{STU3}/")
    kinds = {part["actor"]["reference"].partition("/")[0] for part in offered[0]["participant"]}
    assert kinds == {"Practitioner", "Location"}


def test_a_day_is_the_whole_day(desk: Any) -> None:
    offered = found(post(desk, "$find", times("2026-06-16", "2026-06-16")))
    assert offered
    assert {one["start"][:10] for one in offered} == {"2026-06-16"}


def test_place_and_kind_narrow(desk: Any) -> None:
    one = found(post(desk, "$find", times()))[0]
    place = next(part["actor"] for part in one["participant"] if part["actor"]["reference"].startswith("Location/"))
    here = {"name": "location-reference", "valueReference": {"reference": f"http://x/STU3/{place['reference']}"}}
    kind = {"coding": [{"system": "urn:oid:1", "code": "95014", "display": one["serviceType"][0]["text"].upper()}]}
    assert found(post(desk, "$find", times(BEGIN, END, here)))
    assert found(post(desk, "$find", times(BEGIN, END, {"name": "serviceType", "valueCodeableConcept": kind})))
    other = {"name": "serviceType", "valueCodeableConcept": {"text": "Moon landing"}}
    nowhere = {"name": "location-reference", "valueReference": {"reference": "Location/eNowhere"}}
    for part in (other, nowhere):
        seen = post(desk, "$find", times(BEGIN, END, part))
        assert found(seen) == []
        outcome = seen.json()["entry"][0]
        assert outcome["search"] == {"mode": "outcome"}
        codes = [issue["details"]["coding"][0]["code"] for issue in outcome["resource"]["issue"]]
        assert (seen.json()["total"], codes) == (0, ["59134", "4101"])


def test_books_a_real_appointment(desk: Any) -> None:
    offered = found(post(desk, "$find", times()))[0]
    seen = post(desk, "$book", booking(offered["id"], patient(desk)))
    booked = found(seen)[0]
    assert (booked["status"], booked["start"], booked["comment"]) == ("booked", offered["start"], "Broken leg")
    assert booked["id"] != offered["id"]
    assert booked["created"] == "2027-01-15T08:00:00Z"
    read = desk.get(f"Appointment/{booked['id']}")
    assert read.json() == booked
    assert problems(read.json()) == []
    assert booked["id"] in desk.get(f"Appointment?patient={patient(desk)}").ids()
    assert desk.get(f"Slot/{offered['id']}").json()["status"] == "busy"
    entry = next(entry for entry in desk.journal() if entry["path"].endswith("$book"))
    assert (entry["committed"], entry["patients"], entry["interaction"]) == (True, [patient(desk)], "create")
    assert offered["id"] not in {one["id"] for one in found(post(desk, "$find", times()))}


@pytest.mark.parametrize("switch", [400, 409])
def test_a_time_is_booked_once(desk_with: Any, switch: int) -> None:
    desk = desk_with(double_booking_status=switch)
    offered = found(post(desk, "$find", times()))[0]
    assert post(desk, "$book", booking(offered["id"], patient(desk))).status == 200
    again = post(desk, "$book", booking(offered["id"], patient(desk, 1)))
    assert (again.status, again.codes()) == (switch, ["59141"])
    assert not [one for one in desk.state.store.written() if one.patient == patient(desk, 1)]
    desk.state.reset(["data"])
    assert post(desk, "$book", booking(offered["id"], patient(desk, 1))).status == 200


def test_a_patient_may_be_named_by_number(desk: Any) -> None:
    offered = found(post(desk, "$find", times()))[0]
    number = desk.state.store.population.chart(2).mrn
    seen = post(desk, "$book", booking(offered["id"], number, None))
    assert patient(desk, 2) in seen.body.decode()
    assert "comment" not in found(seen)[0]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        (times(None), "59108"),
        (times(BEGIN, None), "59108"),
        (times("yesterday"), "59111"),
        (times(END, BEGIN), "59111"),
        ([{"name": "startTime", "valueString": BEGIN}], "59102"),
        (b"{", "59105"),
        (b"{}", "59102"),
    ],
)
def test_a_search_that_cannot_be(desk: Any, parts: Any, code: str) -> None:
    seen = post(desk, "$find", parts)
    assert (seen.status, seen.codes()) == (400, [code])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda parts: parts[1:], "59108"),
        (lambda parts: parts[:1], "59108"),
        (lambda parts: [{"name": "patient", "valueIdentifier": {}}, *parts[1:]], "59108"),
        (lambda parts: [{"name": "patient", "valueString": "x"}, *parts[1:]], "59102"),
        (lambda parts: [{"name": "patient", "valueIdentifier": {"value": "eUnknown"}}, *parts[1:]], "59144"),
        (lambda parts: [parts[0], {"name": "appointment", "valueIdentifier": {"value": "eUnknown"}}], "59144"),
        (lambda parts: [*parts[:2], {"name": "appointmentNote", "valueInteger": 1}], "59102"),
    ],
)
def test_a_booking_that_cannot_be_writes_nothing(desk: Any, change: Any, code: str) -> None:
    offered = found(post(desk, "$find", times()))[0]
    seen = post(desk, "$book", change(booking(offered["id"], patient(desk))))
    assert (seen.status, seen.codes()) == (400, [code])
    assert not list(desk.state.store.written())
    assert desk.get(f"Slot/{offered['id']}").json()["status"] == "free"


def test_protected_patients_are_not_booked(desk: Any) -> None:
    offered = found(post(desk, "$find", times()))[0]
    desk.state.protected[patient(desk)] = "restricted"
    assert post(desk, "$book", booking(offered["id"], patient(desk))).codes() == ["4131"]
    assert not list(desk.state.store.written())


def test_a_patient_books_for_himself_alone(desk: Any) -> None:
    app = App(desk, registration={"scopes": ["patient/*.*"]})
    token = app.log_in(scope="patient/*.*")["access_token"]
    offered = found(post(desk, "$find", times(), token))[0]
    assert post(desk, "$book", booking(offered["id"], patient(desk, 1)), token).codes() == ["4118"]
    assert post(desk, "$book", booking(offered["id"], patient(desk)), token).status == 200


def test_rights_methods_and_other_parts_of_stu3(desk: Any) -> None:
    desk.register("gw", scopes=["system/Appointment.read"])
    assert post(desk, "$find", times()).status == 200
    assert (post(desk, "$book", booking("x", "y")).status, post(desk, "$book", booking("x", "y")).body) == (403, b"")
    assert post(desk, "$find", times(), "unknown").status == 401
    assert post(desk, "$find", times(), content_type="application/fhir+xml").status == 501
    assert desk.get(f"{STU3}/$find").status == 405
    assert desk.get(f"{STU3}/e1").status == 501
    assert desk.get("Appointment/$find").status == 404
