"""The API description: valid, complete, and true of what the routes really answer."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from mock_ehr.behaviours import VOCABULARY
from mock_ehr.control.openapi import describe
from mock_ehr.control.route import Route, Table
from mock_ehr.control.table import ROUTES

ACTIVE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]}


def test_is_a_valid_description() -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    validator.validate(describe(ROUTES))


def test_shows_every_route_and_nothing_else(live: Any) -> None:
    document = live.control.get("/openapi.json").json()
    shown = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert shown == {(route.method, route.path) for route in ROUTES}
    names = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))


def test_describes_every_word_of_the_fault_vocabulary() -> None:
    document = describe(ROUTES)
    schemas = document["components"]["schemas"]
    words = [schemas[one["$ref"].rpartition("/")[2]] for one in schemas["FaultBehaviour"]["oneOf"]]
    assert {word["properties"]["kind"]["const"] for word in words} == set(VOCABULARY)
    assert all(word["description"] for word in words)


def test_two_rows_for_the_same_request_are_refused() -> None:
    row = Route("GET", "/x", "x", "x", lambda _console, _call: None)
    with pytest.raises(ValueError, match="same method and path"):
        Table([row, row])


def closed_port() -> str:
    """An address on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def conversation(patient: str, other: str, key: Any, closed: str) -> list[tuple[str, str, str, Any]]:
    """A call of each operation: name, method, path, body; in an order in which all succeed."""
    keys = {"jwks": {"keys": [key.as_dict(private=False)]}}
    resource = {"resourceType": "Consent", "id": "c1", "status": "active", "patient": {"reference": f"Patient/{other}"}}
    return [
        ("page", "GET", "/", None),
        ("health", "GET", "/health", None),
        ("setPublicUrl", "PUT", "/public-url", {"url": "http://127.0.0.1:9"}),
        ("listPatients", "GET", "/patients?first=1&count=2", None),
        ("describe", "GET", "/openapi.json", None),
        ("registerClient", "PUT", "/clients/new", keys),
        ("listClients", "GET", "/clients", None),
        ("removeClient", "DELETE", "/clients/new", None),
        ("readJournal", "GET", "/journal", None),
        ("followJournal", "GET", "/journal/events", None),
        ("armFault", "POST", "/faults", {"behaviour": {"kind": "storm"}, "match": {"type": "Nothing"}}),
        ("listFaults", "GET", "/faults", None),
        ("disarmFault", "DELETE", "/faults/fault-1", None),
        ("listNamedFaults", "GET", "/named-faults", None),
        ("armNamedFault", "POST", "/named-faults/storm-429", None),
        ("clearFaults", "DELETE", "/faults", None),
        ("readClock", "GET", "/clock", None),
        ("setClock", "PUT", "/clock", {"now": "2026-06-15T07:30:00Z", "frozen": True}),
        ("advanceClock", "POST", "/clock/advance", {"seconds": 1.5}),
        ("resumeClock", "POST", "/clock/resume", None),
        ("freezeClock", "POST", "/clock/freeze", None),
        ("listTokens", "GET", "/tokens", None),
        ("setTokenLifetime", "PUT", "/tokens", {"lifetime_s": 60}),
        ("expireTokens", "POST", "/tokens/expire", {"client_id": "gw"}),
        ("startLaunch", "POST", "/launches", {"client_id": "gw", "patient": patient}),
        ("expirePaging", "POST", "/paging/expire", None),
        ("limit", "PUT", "/throttle", {"rate_per_s": 1, "burst": 1}),
        ("listLimits", "GET", "/throttle", None),
        ("lift", "DELETE", "/throttle", None),
        ("readTls", "GET", "/tls", None),
        ("counters", "GET", "/counters", None),
        ("putResource", "PUT", "/resources/Consent/c1", resource),
        ("patchResource", "PATCH", "/resources/Consent/c1", {"status": "inactive"}),
        ("readResource", "GET", "/resources/Consent/c1", None),
        ("listResources", "GET", f"/resources/Consent?patient={other}", None),
        ("readHistory", "GET", "/resources/Consent/c1/history", None),
        ("revertResource", "POST", "/resources/Consent/c1/revert", None),
        ("removeResource", "DELETE", "/resources/Consent/c1", None),
        ("decideConsent", "POST", f"/patients/{other}/consent", {"decision": "permit"}),
        ("mergePatient", "POST", f"/patients/{patient}/merge", {"into": other}),
        ("putGroup", "PUT", "/groups/g1", {"members": [other]}),
        ("listGroups", "GET", "/groups", None),
        ("readGroup", "GET", "/groups/g1", None),
        ("removeGroup", "DELETE", "/groups/g1", None),
        ("protectPatient", "PUT", f"/break-the-glass/{other}", {"level": "restricted"}),
        ("listProtected", "GET", "/break-the-glass", None),
        ("unprotectPatient", "DELETE", f"/break-the-glass/{other}", None),
        ("hl7v2", "GET", "/hl7v2", None),
        ("listMessages", "GET", f"/hl7v2/messages/{other}", None),
        ("sendMessage", "POST", "/hl7v2/send", {"to": closed, "patient": other, "event": "ORU^R01"}),
        ("startFeed", "PUT", "/hl7v2/feed", {"to": closed, "count": 1, "resends": 0}),
        ("hl7v2", "GET", "/hl7v2", None),
        ("stopFeed", "DELETE", "/hl7v2/feed", None),
        ("setAcknowledgement", "PUT", "/hl7v2/acknowledgement", {"answer": "late", "delay_s": 0.1, "first": 1}),
        ("setRules", "PUT", "/hl7v2/rules", {"version": "2.3", "events": ["ORM^O01"]}),
        ("resetAcknowledgement", "DELETE", "/hl7v2/acknowledgement", None),
        ("listReceived", "GET", "/hl7v2/received", None),
        ("reset", "POST", "/reset", {"parts": ["journal", "clock"]}),
    ]


def test_every_answer_is_as_described(live: Any, key: Any) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    document = live.control.get("/openapi.json").json()
    population = live.running.state.store.population
    operations = {
        operation["operationId"]: operation for methods in document["paths"].values() for operation in methods.values()
    }
    chart = population.chart(1)
    live.data.get(f"Patient/{chart.id}")
    held = {"resourceType": "AllergyIntolerance", "clinicalStatus": ACTIVE, "code": {"text": "x"}}
    live.data.post("AllergyIntolerance", json=held | {"patient": {"reference": f"Patient/{chart.id}"}})
    (written,) = live.control.get("/resources/AllergyIntolerance").json()["resources"]
    calls = conversation(population.chart(0).id, chart.id, key, closed_port())
    calls.insert(
        -1, ("reconcileResource", "POST", f"/resources/AllergyIntolerance/{written['resource']['id']}/reconcile", None)
    )
    for name, method, path, body in calls:
        answer = live.control.request(method, path, json=body)
        assert answer.status_code == 200, (name, answer.text)
        ((media, content),) = operations[name]["responses"]["200"]["content"].items()
        assert answer.headers["content-type"].startswith(media)
        if media == "application/json":
            schema = content["schema"] | {"components": document["components"]}
            jsonschema.Draft202012Validator(schema).validate(answer.json())
    only_under_tls = {"showCertificate", "issueClientCertificate"}  # see test_certificates
    assert {name for name, *_ in calls} == set(operations) - only_under_tls
