"""Data put, patched, removed, taken back and merged, consents; and what the data side then shows."""

from __future__ import annotations

from typing import Any

import pytest

from synthetic.r4.rules import problems


@pytest.fixture
def patient(live: Any) -> str:
    """The first patient's id."""
    id_: str = live.running.state.store.population.chart(0).id
    return id_


def first(live: Any, patient: str, kind: str) -> dict[str, Any]:
    rows = live.control.get(f"/resources/{kind}", params={"patient": patient}).json()["resources"]
    resource: dict[str, Any] = rows[0]["resource"]
    return resource


def test_what_is_put_is_served_with_its_decimals(live: Any, patient: str) -> None:
    path = f"/resources/Condition/{first(live, patient, 'Condition')['id']}"
    before = live.control.get(path)
    body = before.content.partition(b'"resource":')[2].rpartition(b',"written"')[0]
    changed = body[:-1] + b',"note":[{"text":"1.50 kept"}],"onsetAge":{"value":1.50}}'
    row = live.control.put(path, content=changed).json()
    assert (row["version"], row["written"]) == (2, False)
    condition = path.rpartition("/")[2]
    assert b'"value":1.50' in live.data.get(f"Condition/{condition}").content
    assert live.control.post(f"{path}/revert").json()["reverted"] is True
    assert live.control.get(path).json()["resource"] == before.json()["resource"]


def test_a_new_resource_becomes_the_patients(live: Any, patient: str) -> None:
    body = {"resourceType": "Condition", "id": "new-1", "subject": {"reference": f"Patient/{patient}"}}
    row = live.control.put("/resources/Condition/new-1", json=body).json()
    assert (row["patient"], row["written"], row["version"]) == (patient, True, 1)
    rows = live.control.get("/resources/Condition", params={"patient": patient}).json()["resources"]
    assert rows[-1]["resource"] == body
    assert [row["resource"]["id"] for row in live.control.get("/resources/Condition").json()["resources"]] == ["new-1"]


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("application/json", {"gender": "other"}),
        ("application/merge-patch+json", {"gender": "other"}),
        ("application/json", [{"op": "replace", "path": "/gender", "value": "other"}]),
        ("application/json-patch+json", [{"op": "replace", "path": "/gender", "value": "other"}]),
    ],
)
def test_patches_both_ways(live: Any, patient: str, media: str, body: Any) -> None:
    answer = live.control.patch(f"/resources/Patient/{patient}", json=body, headers={"Content-Type": media})
    assert answer.json()["resource"]["gender"] == "other"
    assert live.data.get(f"Patient/{patient}").json()["gender"] == "other"
    history = live.control.get(f"/resources/Patient/{patient}/history").json()["versions"]
    assert [row["version"] for row in history] == [1, 2]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("PUT", "Patient/x", {"resourceType": "Patient", "id": "y"}, 400, "id is 'y'"),
        ("PUT", "Patient/x", {"resourceType": "Group", "id": "x"}, 400, "resourceType is 'Group'"),
        ("PUT", "patient/x", {"resourceType": "patient", "id": "x"}, 400, "no type and id"),
        ("PUT", "Patient/x", [], 400, "it is an object"),
        ("PUT", "Patient/x", None, 400, "the body is missing"),
        ("PUT", "Flag/x", {"resourceType": "Flag", "id": "x", "subject": {"reference": "Patient/q"}}, 400, "Patient/q"),
        ("PATCH", "Patient/x", {}, 404, "Patient/x"),
        ("PATCH", "Patient/{id}", [{"op": "remove", "path": "/gendr"}], 400, "did you mean gender"),
        ("PATCH", "Patient/{id}", {"id": "other"}, 400, "id is 'other'"),
        ("PATCH", "Patient/{id}", "x", 400, "no patch"),
        ("DELETE", "Patient/x", None, 404, "Patient/x"),
        ("GET", "Patient/x/history", None, 404, "Patient/x"),
        ("POST", "Patient/{id}/revert", None, 404, "was not changed"),
        ("POST", "Patient/{id}/reconcile", None, 409, "holding area"),
    ],
)
def test_refuses(live: Any, patient: str, method: str, path: str, body: Any, status: int, words: str) -> None:
    answer = live.control.request(method, f"/resources/{path.replace('{id}', patient)}", json=body)
    assert answer.status_code == status, answer.text
    assert words in answer.json()["error"] + answer.json()["hint"]


def test_a_patch_that_is_not_what_its_type_says(live: Any, patient: str) -> None:
    media = {"Content-Type": "application/json-patch+json"}
    answer = live.control.patch(f"/resources/Patient/{patient}", json={"gender": "other"}, headers=media)
    assert (answer.status_code, "a list of operations" in answer.json()["hint"]) == (400, True)


def test_removed_and_taken_back(live: Any, patient: str) -> None:
    id_ = first(live, patient, "Condition")["id"]
    assert live.control.delete(f"/resources/Condition/{id_}").status_code == 200
    assert live.data.get(f"Condition/{id_}").status_code != 200
    assert live.control.post(f"/resources/Condition/{id_}/revert").status_code == 200
    assert live.data.get(f"Condition/{id_}").status_code == 200


def test_merges_two_patients_once(live: Any, patient: str) -> None:
    other = live.running.state.store.population.chart(1).id
    before = len(live.control.get("/resources/Condition", params={"patient": other}).json()["resources"])
    assert live.control.post(f"/patients/{patient}/merge", json={"into": other}).json()["into"] == other
    after = live.control.get("/resources/Condition", params={"patient": other}).json()["resources"]
    assert len(after) > before
    assert live.control.post(f"/patients/{patient}/merge", json={"into": other}).status_code == 409
    assert live.control.post("/patients/nobody/merge", json={"into": other}).status_code == 404
    live.control.post("/reset", json={"parts": ["data"]})
    assert live.control.post(f"/patients/{patient}/merge", json={"into": other}).status_code == 200


def consents(live: Any, patient: str) -> list[dict[str, Any]]:
    rows = live.control.get("/resources/Consent", params={"patient": patient}).json()["resources"]
    return [row["resource"] for row in rows]


def test_consents_are_revoked_permitted_and_denied(live: Any, patient: str) -> None:
    for decision in ("permit", "deny"):
        answer = live.control.post(f"/patients/{patient}/consent", json={"decision": decision}).json()
        made = answer["consents"][-1]["resource"]
        assert problems(made) == []
        (active,) = [one for one in consents(live, patient) if one["status"] == "active"]
        assert (active["id"], active["provision"]["type"]) == (made["id"], decision)
    live.control.post(f"/patients/{patient}/consent", json={"decision": "revoke"})
    assert {one["status"] for one in consents(live, patient)} == {"inactive"}
    answer = live.control.post(f"/patients/{patient}/consent", json={"decision": "revoek"})
    assert "did you mean revoke" in answer.json()["error"]
