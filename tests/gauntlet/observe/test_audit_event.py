"""AuditEvents as records."""

import pytest

from gauntlet.observe.audit_event import record_of


def agent(code="", requestor=False, **who):
    named = {"type": {"coding": [{"code": code}]}} if code else {}
    return {**named, "who": who, "requestor": requestor}


def entity(role, reference, **more):
    return {"what": {"reference": reference}, "role": {"code": role}, **more}


WHOLE = {
    "resourceType": "AuditEvent",
    "subtype": [{"code": "read"}],
    "action": "R",
    "period": {"start": "2026-11-22T04:30:00.000Z", "end": "2026-11-22T04:30:00.250Z"},
    "recorded": "2026-11-22T04:30:00.251Z",
    "outcome": "0",
    "outcomeDesc": "200 granted by scope",
    "purposeOfEvent": [{"coding": [{"code": "TREAT"}]}],
    "agent": [
        agent("CST", reference="Device/ehr"),
        {**agent("110150", identifier={"value": "app"}), "policy": ["token-1"]},
        agent("IRCP", requestor=True, reference="Practitioner/p"),
    ],
    "entity": [
        {"type": {"code": "XrequestId"}, "what": {"identifier": {"value": "c-1"}}},
        entity("1", "Patient/pat1"),
        entity("4", "https://ehr.example/fhir/Observation/o1"),
        {"detail": [{"type": "reason", "valueString": "unconscious"}]},
    ],
}


def test_whole():
    assert record_of(WHOLE) == {
        "time": "2026-11-22T04:30:00.251Z",
        "correlation_id": "c-1",
        "client_id": "app",
        "user": "Practitioner/p",
        "patient": "pat1",
        "resource_type": "Observation",
        "resource_id": "o1",
        "action": "read",
        "result": "success",
        "status": 200,
        "latency_ms": 250.0,
        "policy": "granted by scope",
        "purpose": "TREAT",
        "reason": "unconscious",
        "token_id": "token-1",
    }


def test_nothing_told_is_none():
    assert set(record_of({"resourceType": "AuditEvent", "agent": [], "entity": "broken"}).values()) == {None}


@pytest.mark.parametrize(
    ("changes", "field", "wanted"),
    [
        ({"subtype": [{"code": "search-type"}]}, "action", "search"),
        ({"subtype": []}, "action", "read"),
        ({"outcome": "8"}, "result", "failure"),
        ({"outcome": "4", "outcomeDesc": "scope too small"}, "policy", "scope too small"),
        ({"outcomeDesc": "scope too small"}, "status", None),
        ({"agent": [agent(requestor=True, display="app")]}, "client_id", "app"),
        ({"agent": [agent(requestor=True, display="app")]}, "user", None),
        ({"entity": [entity("1", "Patient/pat1")]}, "resource_type", "Patient"),
        ({"entity": [entity("1", "Patient/pat1")]}, "resource_id", "pat1"),
        (
            {
                "entity": [
                    entity("1", "Patient/pat1"),
                    {"role": {"code": "24"}, "detail": [{"type": "type", "valueString": "Condition"}]},
                ]
            },
            "resource_type",
            "Condition",
        ),
        ({"period": {"start": "2026-11-22T04:30:00Z", "end": "soon"}}, "latency_ms", None),
        (
            {"purposeOfEvent": [], "agent": [{"purposeOfUse": [{"coding": [{"code": "BTG"}]}], "who": {}}]},
            "purpose",
            "BTG",
        ),
    ],
)
def test_elements(changes, field, wanted):
    assert record_of({**WHOLE, **changes})[field] == wanted
