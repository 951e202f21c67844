"""Each kind of fault as the client sees it on the wire and as the journal tells it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from mock_ehr.message import Ending, Request

ACTIVE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]}
ALLERGY = {"resourceType": "AllergyIntolerance", "clinicalStatus": ACTIVE, "code": {"text": "peanut"}}


def arm(live: Any, behaviour: dict[str, Any], **match: Any) -> None:
    answer = live.control.post("/faults", json={"name": "f", "match": match, "behaviour": behaviour})
    assert answer.status_code == 200, answer.text


def journal(live: Any) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = live.control.get("/journal").json()["entries"]
    return entries


def closed(live: Any) -> list[dict[str, Any]]:
    return [entry for entry in journal(live) if entry["outcome"] != "open"]


def patient(live: Any, index: int = 0) -> str:
    found: str = live.running.state.store.population.chart(index).id
    return found


def exchange(live: Any, method: str = "GET", path: str = "", body: bytes = b"") -> tuple[bytes, bool]:
    """Send one raw request; return what came back and whether the end was a reset."""
    lines = [
        f"{method} /FHIR/api/FHIR/R4/{path} HTTP/1.1",
        "Host: ehr",
        f"Authorization: Bearer {live.token}",
        "Accept: application/fhir+json",
        "Content-Type: application/fhir+json",
        f"Content-Length: {len(body)}",
        "",
        "",
    ]
    received = b""
    with socket.create_connection((live.host, live.port), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode() + body)
        try:
            while more := connection.recv(65536):
                received += more
        except ConnectionResetError:
            return received, True
    return received, False


@pytest.mark.parametrize(
    ("behaviour", "status", "content_type", "body"),
    [
        ({"kind": "status", "status": 503}, 503, "text/html; charset=utf-8", b"<!DOCTYPE html>"),
        ({"kind": "status", "status": 503, "body": "empty"}, 503, None, b""),
        (
            {"kind": "status", "status": 500},
            500,
            "application/fhir+json; charset=utf-8",
            b'{"resourceType":"OperationOut',
        ),
        ({"kind": "status", "status": 429}, 429, None, b""),
        ({"kind": "status", "status": 429, "body": "html"}, 429, "text/html; charset=utf-8", b"<!DOCTYPE html>"),
        ({"kind": "status", "status": 401}, 401, "application/json; charset=utf-8", b'""'),
        ({"kind": "status", "status": 403}, 403, None, b""),
        (
            {"kind": "status", "status": 502, "body": "operation-outcome"},
            502,
            "application/fhir+json; charset=utf-8",
            b'{"resourceType":"OperationOutcome"',
        ),
        ({"kind": "html"}, 200, "text/html; charset=utf-8", b"<!DOCTYPE html>"),
    ],
)
def test_answers_in_the_place_of_the_ehr(
    live: Any, behaviour: dict[str, Any], status: int, content_type: str | None, body: bytes
) -> None:
    arm(live, behaviour)
    seen = live.data.get(f"Patient/{patient(live)}")
    assert (seen.status_code, seen.headers.get("content-type")) == (status, content_type)
    assert seen.content.startswith(body)
    assert bool(body) == bool(seen.content)
    (entry,) = journal(live)
    assert (entry["status"], entry["faults"], entry["outcome"], entry["committed"]) == (
        status,
        ["f"],
        "answered",
        False,
    )


def test_a_storm_ends_after_its_first_ones(live: Any) -> None:
    arm(live, {"kind": "storm", "retry_after": "2"}, first=2, interaction="read")
    answers = [live.data.get(f"Patient/{patient(live)}") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert [answer.headers.get("retry-after") for answer in answers] == ["2", "2", None]
    assert live.control.get("/faults").json()[0]["applied"] == 2


@pytest.mark.parametrize(
    "behaviour",
    [
        {"kind": "storm", "retry_after": "date:+2"},
        {"kind": "status", "status": 503, "headers": {"Retry-After": "date:+2"}},
    ],
)
def test_a_date_is_computed_when_the_answer_is_made(live: Any, behaviour: dict[str, Any]) -> None:
    arm(live, behaviour)
    answer = live.data.get("metadata")
    wait = parsedate_to_datetime(answer.headers["retry-after"]) - parsedate_to_datetime(answer.headers["date"])
    assert 2 <= wait.total_seconds() <= 3


def test_the_clock_of_the_ehr_dates_its_answers(live: Any) -> None:
    before = parsedate_to_datetime(live.data.get("metadata").headers["date"])
    live.control.put("/clock", json={"offset_s": 300})
    after = parsedate_to_datetime(live.data.get("metadata").headers["date"])
    assert 299 <= (after - before).total_seconds() <= 330


def test_delays_a_committed_answer(live: Any) -> None:
    arm(live, {"kind": "delay", "seconds": 0.05}, interaction="create")
    body = ALLERGY | {"patient": {"reference": f"Patient/{patient(live)}"}}
    answer = live.data.post("AllergyIntolerance", json=body)
    (entry,) = journal(live)
    assert (answer.status_code, entry["faults"], entry["committed"]) == (201, ["f"], True)
    assert entry["duration_ms"] >= 50


def test_stalls_without_processing_until_the_client_leaves(live: Any, until: Callable[..., Any]) -> None:
    arm(live, {"kind": "stall"}, interaction="create")
    body = ALLERGY | {"patient": {"reference": f"Patient/{patient(live)}"}}
    with pytest.raises(httpx.ReadTimeout):
        live.data.post("AllergyIntolerance", json=body, timeout=0.05)
    (entry,) = until(lambda: closed(live))
    assert (entry["outcome"], entry["status"], entry["faults"], entry["committed"]) == ("aborted", None, ["f"], False)
    assert live.control.get("/resources/AllergyIntolerance").json()["resources"] == []


def test_an_exchange_shows_in_the_journal_while_it_is_open(live: Any, until: Callable[..., Any]) -> None:
    arm(live, {"kind": "stall"})
    with socket.create_connection((live.host, live.port)) as connection:
        connection.sendall(b"GET /FHIR/api/FHIR/R4/metadata HTTP/1.1\r\nHost: x\r\n\r\n")
        (entry,) = until(lambda: journal(live))
        assert (entry["outcome"], entry["status"], entry["kind"]) == ("open", None, "metadata")
        assert live.control.get("/journal").json()["next"] == entry["seq"] - 1


@pytest.mark.parametrize(("when", "committed"), [("before", False), ("amid", True), ("after", True)])
def test_drops_the_connection(live: Any, until: Callable[..., Any], when: str, committed: bool) -> None:
    arm(live, {"kind": "drop", "when": when})
    body = json.dumps(ALLERGY | {"patient": {"reference": f"Patient/{patient(live)}"}}).encode()
    received, reset = exchange(live, "POST", "AllergyIntolerance", body)
    assert reset
    assert received == b"" if when != "amid" else received.startswith(b"HTTP/1.1 201 Created\r\n")
    assert not received.endswith(b"\r\n\r\n")
    (entry,) = until(lambda: closed(live))
    assert (entry["outcome"], entry["committed"], entry["faults"]) == ("dropped", committed, ["f"])
    held = live.control.get("/resources/AllergyIntolerance").json()["resources"]
    assert len(held) == int(committed)


def test_truncates_under_the_full_length(live: Any, until: Callable[..., Any]) -> None:
    arm(live, {"kind": "truncate", "bytes": 40})
    received, reset = exchange(live, path=f"Patient/{patient(live)}")
    head, _, body = received.partition(b"\r\n\r\n")
    whole = len(live.running.state.store.find("Patient", patient(live)).json)
    assert f"Content-Length: {whole}".encode() in head
    assert (len(body), reset) == (40, False)
    (entry,) = until(lambda: closed(live))
    assert (entry["outcome"], entry["response_bytes"], entry["status"]) == ("dropped", 40, 200)


def test_corrupts_the_json(live: Any) -> None:
    arm(live, {"kind": "corrupt"})
    answer = live.data.get(f"Patient/{patient(live)}")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|delimiter|Invalid"):
        answer.json()
    assert journal(live)[0]["faults"] == ["f"]


def test_answers_200_without_a_body(live: Any) -> None:
    arm(live, {"kind": "empty"})
    answer = live.data.get(f"Patient/{patient(live)}")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "0")
    assert journal(live)[0]["faults"] == ["f"]


@pytest.mark.parametrize(
    "path", ["Patient/{id}", "Condition?patient={id}", "Patient?_id={id}", "Patient?identifier={mrn}"]
)
def test_answers_with_another_patients_data(live: Any, path: str) -> None:
    chart = live.running.state.store.population.chart(3)
    arm(live, {"kind": "wrong-patient"})
    answer = live.data.get(path.format(id=chart.id, mrn=chart.mrn))
    assert answer.status_code == 200
    assert f"Patient/{chart.id}" not in answer.text.partition('"entry"')[2]
    resource = answer.json()
    if resource["resourceType"] == "Bundle":
        resource = resource["entry"][0]["resource"]
    owner = resource["id"] if resource["resourceType"] == "Patient" else resource["subject"]["reference"][8:]
    assert owner != chart.id
    assert live.running.state.store.find("Patient", owner) is not None
    (entry,) = journal(live)
    assert entry["faults"] == ["f"]
    assert chart.id in entry["patients"]


def test_a_wrong_patient_needs_patient_data(live: Any) -> None:
    arm(live, {"kind": "wrong-patient"})
    assert live.data.get("metadata").status_code == 200
    assert live.data.get("Patient/unknown").status_code == 404
    assert [entry["faults"] for entry in journal(live)] == [[], []]
    assert live.control.get("/faults").json()[0]["applied"] == 0


def test_drifts_each_resource_of_a_bundle(live: Any) -> None:
    drift = {"rename": {"Observation.code": "kode"}, "remove": ["status"], "set": {"subject.reference": 5}}
    arm(live, {"kind": "drift", **drift})
    entries = live.data.get(f"Observation?patient={patient(live)}&category=laboratory").json()["entry"]
    for entry in entries:
        resource = entry["resource"]
        assert "kode" in resource
        assert not {"code", "status"} & resource.keys()
        assert resource["subject"]["reference"] == 5
    assert journal(live)[0]["faults"] == ["f"]


def test_a_token_expires_under_the_request(live: Any) -> None:
    arm(live, {"kind": "token-expiry"}, first=1)
    answers = [live.data.get(f"Patient/{patient(live)}") for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(401, b'""'), (401, b'""')]
    assert [entry["faults"] for entry in journal(live)] == [["f"], []]


def test_faults_add_up(live: Any) -> None:
    for name, behaviour in (("slow", {"kind": "delay", "seconds": 0.02}), ("busy", {"kind": "status", "status": 503})):
        live.control.post("/faults", json={"name": name, "behaviour": behaviour})
    assert live.data.get("metadata").status_code == 503
    (entry,) = journal(live)
    assert (sorted(entry["faults"]), entry["duration_ms"] >= 20) == (["busy", "slow"], True)


def test_a_fault_can_strike_the_token_endpoint(live: Any) -> None:
    arm(live, {"kind": "status", "status": 503}, kind="token")
    url = f"{live.running.data}/FHIR/oauth2/token"
    assert live.data.post(url, data={"grant_type": "client_credentials"}).status_code == 503
    assert live.data.get("metadata").status_code == 200


def test_a_failure_of_the_mock_is_a_500_and_not_a_dead_connection(
    desk: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(type(desk.site), "fhir_base", property(lambda _self: 1 / 0))
    assert desk.get("metadata").status == 500
    assert "ZeroDivisionError" in caplog.text
    assert desk.journal()[0]["outcome"] == "answered"


def test_refusals_of_the_protocol_layer_are_journaled(live: Any, until: Callable[..., Any]) -> None:
    with socket.create_connection((live.host, live.port)) as connection:
        connection.sendall(b"BAD\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    (entry,) = until(lambda: closed(live))
    assert (entry["status"], entry["interaction"], entry["outcome"]) == (400, "other", "answered")


def test_the_journal_keeps_no_credential(desk: Any) -> None:
    assertion = desk.assertion()
    token = desk.ask_token(assertion).json()["access_token"]
    desk.get("Patient/x", token=token)
    shown = str(desk.journal())
    assert token not in shown
    assert assertion.rsplit(".", 1)[1] not in shown
    first, second = desk.journal()
    assert first["assertion"]["claims"]["iss"] == "gw"
    assert first["assertion"]["header"]["alg"] == "RS384"
    assert first["token"] == second["token"]
    assert (first["kind"], first["client_id"], second["client_id"]) == ("token", "gw", "gw")


def test_a_head_request_gets_no_body(desk: Any) -> None:
    seen = desk.send(Request("HEAD", "/FHIR/api/FHIR/R4/metadata", ""))
    assert (seen.status, seen.body, seen.ending) == (405, b"", Ending.KEEP)
    assert int(seen.headers["content-length"]) > 0
