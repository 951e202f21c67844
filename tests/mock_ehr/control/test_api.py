"""The control port, over real sockets: who gets in, what is refused and how, what old callers rely on."""

from __future__ import annotations

import socket
from typing import Any

import httpx
import pytest

ACTIVE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]}
ALLERGY = {"resourceType": "AllergyIntolerance", "clinicalStatus": ACTIVE, "code": {"text": "x"}}


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "[::2]:80"])
def test_a_name_that_was_rebound_to_this_machine_is_refused(live: Any, host: str) -> None:
    answer = live.control.get("/health", headers={"Host": host})
    assert (answer.status_code, "host" in answer.json()["error"]) == (421, True)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:80", "[::1]:80", "LOCALHOST"])
def test_the_names_of_this_machine_are_fine(live: Any, host: str) -> None:
    assert live.control.get("/health", headers={"Host": host}).status_code == 200


def test_answers_are_not_to_be_kept(live: Any) -> None:
    headers = live.control.get("/health").headers
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


def test_names_the_methods_that_a_path_takes(live: Any) -> None:
    answer = live.control.patch("/faults")
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, GET, POST")


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic control-secret", "Bearer", "Bearer \u00e9"])
def test_wants_the_secret(live: Any, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    answer = httpx.get(f"{live.running.control}/health", headers=headers, verify=False)  # type: ignore[arg-type]
    assert answer.status_code == 401
    assert "control-secret" not in answer.text


def test_tells_its_health(live: Any) -> None:
    assert live.control.get("/health").json() == {"status": "ok", "public_url": live.running.data, "patients": 40}


def test_the_public_address_shows_in_links_and_discovery(live: Any) -> None:
    assert live.control.put("/public-url", json={"url": "http://127.0.0.1:9/"}).json() == {
        "public_url": "http://127.0.0.1:9"
    }
    statement = live.data.get("metadata").json()
    assert statement["implementation"]["url"] == "http://127.0.0.1:9/FHIR/api/FHIR/R4"
    smart = live.data.get(".well-known/smart-configuration").json()
    assert smart["token_endpoint"] == "http://127.0.0.1:9/FHIR/oauth2/token"
    chart = live.running.state.store.population.chart(0)
    bundle = live.data.get(f"Observation?patient={chart.id}&category=vital-signs&_count=1").json()
    assert all(link["url"].startswith("http://127.0.0.1:9/FHIR/") for link in bundle["link"])
    assert bundle["entry"][0]["fullUrl"].startswith("http://127.0.0.1:9/FHIR/")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("PUT", "/public-url", {"url": "ftp://x"}, 400, "ftp://x"),
        ("PUT", "/public-url", {"url": "http://x/path"}, 400, "http://x/path"),
        ("PUT", "/public-url", {"url": "http://x:99999"}, 400, "http://x:99999"),
        ("PUT", "/public-url", None, 400, "url is missing"),
        ("PUT", "/public-url", {"uri": "http://x"}, 400, "unknown field 'uri' (did you mean url?)"),
        ("PUT", "/public-url", [], 400, "the body is []; it is an object"),
        ("PUT", "/clients", {}, 405, "PUT /clients/{client_id}"),
        ("PUT", "/clients/x", {}, 400, "jwks"),
        ("PUT", "/clients/x", {"jwks": {"keys": []}}, 400, "no keys"),
        ("DELETE", "/clients/x", None, 404, "GET /clients"),
        ("POST", "/faults", {"behaviour": {"kind": "delai"}}, 400, "did you mean delay"),
        ("POST", "/faults", {"behavior": {"kind": "delay"}}, 400, "behaviour is missing"),
        ("DELETE", "/faults/fault-9", None, 404, "fault-9"),
        ("PUT", "/clock", {"offset_s": "x"}, 400, "offset_s is 'x'; it is a number"),
        ("PUT", "/clock", {"offset_s": True}, 400, "offset_s"),
        ("PUT", "/tokens", {"lifetime_s": 0}, 400, "more than 0 and at most 86400"),
        ("PUT", "/throttle", {"rate_per_s": 0, "burst": 1}, 400, "more than 0"),
        ("GET", "/journal?since=x", None, 400, "since"),
        ("GET", "/journal?sinse=1", None, 400, "did you mean since"),
        ("GET", "/journal?since=1&since=2", None, 400, "given twice"),
        ("GET", "/journal?kind=dada", None, 400, "did you mean data"),
        ("GET", "/jurnal", None, 404, "did you mean /journal?"),
        ("POST", "/tokens", None, 405, "/tokens/expire"),
        ("GET", "/resources/Patient/unknown", None, 404, "Patient/unknown"),
        ("GET", "/%ff", None, 404, "valid:"),
        ("POST", "/", None, 405, "valid: GET"),
    ],
)
def test_says_what_is_wrong(live: Any, method: str, path: str, body: Any, status: int, words: str) -> None:
    answer = live.control.request(method, path, json=body)
    assert answer.status_code == status
    assert words in answer.json()["error"] + answer.json()["hint"]


def test_refuses_a_body_that_is_not_json(live: Any) -> None:
    assert live.control.post("/faults", content=b"{").status_code == 400


def test_clients_are_registered_with_keys_and_scopes(live: Any, key: Any) -> None:
    body = {"jwks": {"keys": [key.as_dict(private=False)]}, "scopes": ["system/Patient.read"]}
    answer = live.control.put("/clients/new", json=body)
    assert answer.json() == {"client_id": "new", "scopes": ["system/Patient.read"]}
    private = {"jwks": {"keys": [key.as_dict(private=True)]}}
    assert "private key" in live.control.put("/clients/new", json=private).json()["error"]


def test_reset_keeps_clients_and_address_only(live: Any) -> None:
    patient = live.running.state.store.population.chart(0).id
    body = ALLERGY | {"patient": {"reference": f"Patient/{patient}"}}
    assert live.data.post("AllergyIntolerance", json=body).status_code == 201
    live.control.post("/faults", json={"behaviour": {"kind": "storm"}, "match": {"kind": "token"}})
    live.control.put("/clock", json={"offset_s": 60})
    live.control.put("/tokens", json={"lifetime_s": 5})
    live.control.put("/throttle", json={"rate_per_s": 1, "burst": 1})
    live.control.put("/public-url", json={"url": "http://127.0.0.1:9"})
    assert live.control.post("/reset").status_code == 200
    assert live.control.get("/journal").json()["entries"] == []
    assert live.control.get("/faults").json() == []
    assert live.control.get("/resources/AllergyIntolerance").json()["resources"] == []
    assert live.control.get("/tokens").json() == []
    state = live.running.state
    assert (state.clock.offset_s, state.tokens.lifetime_s, state.throttle.rate) == (0, 3600, None)
    assert (list(state.clients), state.public_url) == (["gw"], "http://127.0.0.1:9")
    assert live.data.get(f"Patient/{patient}").status_code == 401


def test_reads_the_journal_by_number_patient_and_kind(live: Any) -> None:
    first, second = (live.running.state.store.population.chart(index).id for index in (0, 1))
    live.data.get(f"Patient/{first}")
    live.data.get(f"Condition?patient={second}")
    live.data.get("metadata")
    seen = live.control.get("/journal").json()
    assert [entry["interaction"] for entry in seen["entries"]] == ["read", "search", "metadata"]
    assert seen["next"] == seen["entries"][-1]["seq"]
    assert live.control.get("/journal", params={"since": seen["next"]}).json()["entries"] == []
    by_patient = live.control.get("/journal", params={"patient": second}).json()["entries"]
    assert [(entry["patients"], entry["resource_type"]) for entry in by_patient] == [([second], "Condition")]
    assert len(live.control.get("/journal", params={"kind": "metadata"}).json()["entries"]) == 1
    assert len(live.control.get("/journal", params={"limit": 2}).json()["entries"]) == 2


def test_a_long_journal_is_whole(live: Any) -> None:
    with socket.create_connection((live.host, live.port), timeout=10) as connection:
        connection.sendall(b"GET /FHIR/x HTTP/1.1\r\nHost: x\r\n\r\n" * 1050)
        received = b""
        while received.count(b"HTTP/1.1 404") < 1050:
            received += connection.recv(1 << 20) or pytest.fail("closed in the middle")
    seen = live.control.get("/journal").json()
    numbers = [entry["seq"] for entry in seen["entries"]]
    assert (len(numbers), numbers) == (1050, sorted(set(numbers)))
    assert (seen["next"], seen["dropped"]) == (numbers[-1], 0)


def test_all_issued_tokens_can_die_at_once(live: Any) -> None:
    assert [row["client_id"] for row in live.control.get("/tokens").json()] == ["gw"]
    assert live.control.post("/tokens/expire").json() == {"expired": 1}
    assert live.data.get("Patient/x").status_code == 401


def test_paging_sessions_can_die_at_once(live: Any) -> None:
    patient = live.running.state.store.population.chart(0).id
    live.data.get(f"Observation?patient={patient}&category=vital-signs&_count=1")
    assert live.control.post("/paging/expire").json() == {"expired": 1}


def test_shows_all_that_the_ehr_holds(live: Any) -> None:
    chart = live.running.state.store.population.chart(0)
    body = ALLERGY | {"patient": {"reference": f"Patient/{chart.id}"}}
    location = live.data.post("AllergyIntolerance", json=body).headers["location"]
    rows = live.control.get("/resources/AllergyIntolerance", params={"patient": chart.id}).json()["resources"]
    assert len(rows) == len(chart.of_type("AllergyIntolerance")) + 1
    assert [(row["written"], row["held"]) for row in rows][-2:] == [(False, False), (True, True)]
    row = live.control.get(f"/resources/{location}").json()
    assert (row["held"], row["resource"]["code"]["text"]) == (True, "X")


def test_counts(live: Any) -> None:
    live.data.get("metadata")
    live.data.get("Patient/unknown")
    counters = live.control.get("/counters").json()
    assert counters["journal"] == 2
    assert counters["exchanges"] == {"200": 1, "404": 1, "answered": 2, "metadata": 1, "read": 1}


def test_limits_the_rate_of_a_client(live: Any) -> None:
    live.control.put("/throttle", json={"rate_per_s": 0.001, "burst": 2})
    answers = [live.data.get("Patient/unknown") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert int(answers[2].headers["retry-after"]) > 1
    assert live.control.get("/counters").json()["throttled"] == 1
    live.control.delete("/throttle")
    assert live.data.get("Patient/unknown").status_code == 404


def test_rubbish_on_the_control_port_disturbs_nobody(live: Any) -> None:
    host, port = live.running.control.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"\x00\xff\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 400 ")
    assert live.data.get("metadata").status_code == 200


def test_a_failing_control_route_is_a_500_and_the_data_side_goes_on(
    live: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(live.running.state.journal, "since", lambda *_a, **_k: 1 / 0)
    assert live.control.get("/journal").status_code == 500
    assert "ZeroDivisionError" in caplog.text
    assert live.data.get("metadata").status_code == 200
