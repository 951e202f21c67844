"""The trail as AuditEvents, and searched."""

import json

import pytest

from gauntlet.observe.audit_event import record_of
from reference_gateway.audit_chain import BrokenTrail
from reference_gateway.audit_events import AuditEvents
from reference_gateway.audit_search import read_trail, search_file

READ = {
    "seq": 7,
    "time": "2026-11-22T04:30:01.000Z",
    "correlation_id": "c-1",
    "client_id": "app",
    "user": None,
    "patient": "p1",
    "resource_type": "Patient",
    "resource_id": "p1",
    "action": "read",
    "result": "success",
    "status": 200,
    "latency_ms": 250,
    "policy": "permit",
    "purpose": None,
    "reason": None,
    "token_id": None,
}


def event(**changes):
    return AuditEvents("observer").event({**READ, **changes})


def entities(**changes):
    return {entity.get("role", {}).get("code", "request"): entity for entity in event(**changes)["entity"]}


def test_read():
    told = event()
    assert (told["id"], told["action"], told["outcome"], told["outcomeDesc"]) == ("a7", "R", "0", "200 permit")
    assert told["subtype"][0]["code"] == "read"
    assert told["period"] == {"start": "2026-11-22T04:30:00.750+00:00", "end": READ["time"]}
    assert told["source"]["observer"]["display"] == "observer"
    assert [agent["requestor"] for agent in told["agent"]] == [True]
    assert "purposeOfEvent" not in told
    assert entities()["1"]["what"] == {"reference": "Patient/p1"}
    assert entities()["request"]["what"] == {"identifier": {"value": "c-1"}}


@pytest.mark.parametrize(
    ("action", "code", "subtypes"),
    [
        ("search", "E", ["search-type"]),
        ("create", "C", ["create"]),
        ("update", "U", ["update"]),
        ("batch", "E", ["batch"]),
        ("token", "E", ["token"]),
        ("other", "E", ["other"]),
    ],
)
def test_actions(action, code, subtypes):
    told = event(action=action)
    assert (told["action"], [coding["code"] for coding in told.get("subtype", [])]) == (code, subtypes)


@pytest.mark.parametrize(("result", "outcome"), [("success", "0"), ("refused", "4"), ("failure", "8")])
def test_outcomes(result, outcome):
    assert event(result=result)["outcome"] == outcome


@pytest.mark.parametrize(
    ("user", "who"),
    [("Practitioner/p", {"reference": "Practitioner/p"}), ("doctor@x", {"identifier": {"value": "doctor@x"}})],
)
def test_users(user, who):
    application, person = event(user=user, token_id="t-1")["agent"]
    assert (application["requestor"], application["policy"]) == (False, ["t-1"])
    assert (person["requestor"], person["who"]) == (True, who)


def test_records_and_searches():
    assert "4" not in entities()
    assert entities(resource_type="Condition", resource_id="c1")["4"]["what"] == {"reference": "Condition/c1"}
    assert entities(action="search", resource_type="Condition")["24"]["detail"] == [
        {"type": "type", "valueString": "Condition"}
    ]
    assert set(entities(patient=None, resource_id=None)) == {"request"}


def test_purpose():
    assert event(purpose="BTG")["purposeOfEvent"][0]["coding"][0]["code"] == "BTG"


@pytest.fixture
def trail(tmp_path):
    file = tmp_path / "audit.jsonl"
    lines = [{"n": 1, "status": 200, "user": None}, {"n": 2, "status": 404, "user": "u"}, {"n": 3, "status": 200}]
    file.write_text("".join(json.dumps(item) + "\n" for item in lines) + '{"n": 4, "sta')
    return file


@pytest.mark.parametrize(
    ("field", "value", "wanted"),
    [("status", "200", [1, 3]), ("user", "u", [2]), ("user", "nobody", []), ("n", "4", [])],
)
def test_search(trail, field, value, wanted):
    assert [record["n"] for record in search_file(trail, field, value)] == wanted


def test_half_a_line_is_still_being_written(trail):
    assert [record["n"] for record in read_trail(trail)] == [1, 2, 3]


def test_broken_trails(trail):
    trail.write_text('{"n": 1}\nnonsense\n')
    with pytest.raises(BrokenTrail, match="not JSON"):
        search_file(trail, "n", "1")
    with pytest.raises(FileNotFoundError):
        read_trail(trail.with_name("nowhere"))


def test_what_was_refused_before_it_had_an_id_still_has_its_type():
    told = event(action="create", resource_type="AllergyIntolerance", resource_id=None, result="refused")
    assert {"type": "AllergyIntolerance"} in [entity["what"] for entity in told["entity"]]
    assert record_of(told)["resource_type"] == "AllergyIntolerance"
    assert record_of(event(action="token", resource_type=None, resource_id=None, patient=None))["action"] == "token"
