"""Orders from a gateway over real sockets: judged, journalled, acknowledged, or not."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

import pytest

from mock_ehr.hl7v2.framing import LONGEST, framed
from mock_ehr.hl7v2.listening import MOST_CONNECTIONS
from mock_ehr.hl7v2.reading import parse


def order(mrn: str, control_id: str = "c1", event: str = "ORM^O01", version: str = "2.5.1") -> bytes:
    header = f"MSH|^~\\&|GW|HERE|GAUNTLET|THERE|20260615120000||{event}|{control_id}|T|{version}"
    return f"{header}\rPID|1||{mrn}^^^EHR^MR\rORC|NW|o1\rOBR|1|o1||2345-7^Glucose^LN\r".encode()


def test_takes_an_order_and_shows_it(clinic: Any, population: Any) -> None:
    chart = population.chart(5)
    said = clinic.ask(order(chart.mrn))
    assert [said.text("MSA", 1), said.text("MSA", 2), said.event] == ["AA", "c1", "ACK^O01"]
    (kept,) = clinic.control.get("/hl7v2/received").json()["messages"]
    assert (kept["event"], kept["control_id"], kept["patient"], kept["code"]) == ("ORM^O01", "c1", chart.id, "AA")
    assert kept["text"] == order(chart.mrn).decode()
    (entry,) = clinic.journal()
    assert (entry["path"], entry["patients"], entry["committed"]) == ("/hl7v2/in/ORM^O01", [chart.id], True)
    assert "MSA|AA|c1" in entry["response_body"]
    assert clinic.control.get("/counters").json()["exchanges"]["message"] == 1


def test_does_not_merge_repeats_but_tells_them(clinic: Any, population: Any) -> None:
    for _ in range(2):
        assert clinic.ask(order(population.chart(5).mrn)).text("MSA", 1) == "AA"
    kept = clinic.control.get("/hl7v2/received").json()["messages"]
    assert [row["repeated"] for row in kept] == [False, True]
    later = clinic.control.get("/hl7v2/received", params={"since": kept[0]["seq"]}).json()["messages"]
    assert [row["seq"] for row in later] == [kept[1]["seq"]]


@pytest.mark.parametrize(
    ("message", "code", "condition"),
    [
        (order("nobody"), "AE", "204"),
        (order("nobody", version="2.3"), "AR", "203"),
        (order("nobody").replace(b"|T|", b"|P|"), "AR", "202"),
        (order("nobody", event="MDM^T02"), "AR", "200"),
        (b"no HL7 at all", "AR", "100"),
        (b"MSH|^~\\&|\xff\xfe\r", "AR", "102"),
    ],
)
def test_refuses_with_the_condition_and_goes_on(
    clinic: Any, population: Any, message: bytes, code: str, condition: str
) -> None:
    said = clinic.ask(message)
    assert (said.text("MSA", 1), said.text("ERR", 3)) == (code, condition)
    (entry,) = clinic.journal()
    assert (entry["committed"], entry["note"].partition(" ")[0]) == (False, code)
    assert clinic.ask(order(population.chart(5).mrn)).text("MSA", 1) == "AA"


def test_the_interface_can_be_set_up_otherwise(clinic: Any, population: Any) -> None:
    mrn = population.chart(5).mrn
    rules = {"version": "2.3", "events": ["MDM^T02"]}
    assert clinic.control.put("/hl7v2/rules", json=rules).json()["rules"]["version"] == "2.3"
    assert clinic.ask(order(mrn, event="MDM^T02", version="2.3")).text("MSA", 1) == "AA"
    assert clinic.ask(order(mrn)).text("MSA", 1) == "AR"
    clinic.control.post("/reset", json={"parts": ["hl7v2"]})
    assert clinic.ask(order(mrn)).text("MSA", 1) == "AA"


@pytest.mark.parametrize("code", ["AE", "AR", "CA", "CE", "CR"])
def test_acknowledges_with_a_code_on_purpose(clinic: Any, population: Any, code: str) -> None:
    clinic.control.put("/hl7v2/acknowledgement", json={"answer": code, "first": 1})
    said = clinic.ask(order(population.chart(5).mrn))
    assert (said.text("MSA", 1), said.text("MSA", 2)) == (code, "c1")
    assert bool(said.fields("ERR")) is (code != "CA")
    assert clinic.ask(order(population.chart(5).mrn, "c2")).text("MSA", 1) == "AA"
    assert clinic.control.get("/hl7v2").json()["acknowledgement"]["applied"] == 1
    first, second = clinic.journal()
    assert (first["faults"], second["faults"], first["committed"]) == ([f"hl7v2-{code}"], [], code == "CA")


def test_says_nothing_on_purpose(clinic: Any, population: Any) -> None:
    mrn = population.chart(5).mrn
    clinic.control.put("/hl7v2/acknowledgement", json={"answer": "none", "first": 1})
    clinic.send(order(mrn, "c1"), order(mrn, "c2"))
    assert parse(clinic.heard()).text("MSA", 2) == "c2"
    assert [(entry["outcome"], entry["committed"]) for entry in clinic.journal()] == [
        ("dropped", True),
        ("answered", True),
    ]


def test_answers_late_on_purpose(clinic: Any, population: Any) -> None:
    mrn = population.chart(5).mrn
    clinic.control.put("/hl7v2/acknowledgement", json={"answer": "late", "delay_s": 0.1, "first": 1})
    clinic.send(order(mrn, "c1"), order(mrn, "c2"))
    assert [parse(clinic.heard()).text("MSA", 2) for _ in range(2)] == ["c2", "c1"]
    assert clinic.journal()[0]["duration_ms"] >= 100


def test_a_sender_that_leaves_before_a_late_answer(clinic: Any, population: Any, until: Any) -> None:
    clinic.control.put("/hl7v2/acknowledgement", json={"answer": "late", "delay_s": 60})
    clinic.send(order(population.chart(5).mrn))
    until(clinic.journal)
    clinic.line.close()
    until(lambda: clinic.journal()[0]["outcome"] == "aborted")


@pytest.mark.parametrize("answer", ["wrong-id", "broken"])
def test_answers_wrongly_on_purpose(clinic: Any, population: Any, answer: str) -> None:
    clinic.control.put("/hl7v2/acknowledgement", json={"answer": answer, "event": "ORM^O01"})
    said = clinic.ask(order(population.chart(5).mrn))
    assert said.text("MSA", 2) != "c1"
    assert clinic.journal()[0]["committed"] is True


def test_resets_the_connection_on_purpose(clinic: Any, population: Any) -> None:
    clinic.control.put("/hl7v2/acknowledgement", json={"answer": "reset"})
    clinic.send(order(population.chart(5).mrn))
    with pytest.raises(ConnectionResetError):
        clinic.line.recv(1)
    assert clinic.journal()[0]["outcome"] == "dropped"


def test_a_plan_can_be_about_one_patient(clinic: Any, population: Any) -> None:
    one, other = population.chart(5), population.chart(6)
    clinic.control.put("/hl7v2/acknowledgement", json={"answer": "AR", "patient": one.id})
    assert [clinic.ask(order(chart.mrn)).text("MSA", 1) for chart in (other, one)] == ["AA", "AR"]
    assert clinic.control.delete("/hl7v2/acknowledgement").json()["acknowledgement"] is None
    assert clinic.ask(order(one.mrn)).text("MSA", 1) == "AA"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"answer": "later"}, "did you mean late"),
        ({"answer": "late"}, "delay_s"),
        ({"answer": "AA", "firts": 1}, "did you mean first"),
        ({}, "answer is missing"),
    ],
)
def test_a_wrong_plan_is_refused(clinic: Any, body: dict[str, Any], words: str) -> None:
    answer = clinic.control.put("/hl7v2/acknowledgement", json=body)
    assert answer.status_code == 400
    assert words in answer.json()["error"] + answer.json()["hint"]


def test_rubbish_and_endless_messages_disturb_nobody(clinic: Any, population: Any) -> None:
    host, port = clinic.running.hl7.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as other:
        other.sendall(b"GET / HTTP/1.1\r\n\r\n\x1c\r\x0b\x0b\x0b")
        with contextlib.suppress(ConnectionError):
            other.sendall(b"x" * (LONGEST + 100))
            assert other.recv(1) == b""
    assert clinic.ask(order(population.chart(5).mrn)).text("MSA", 1) == "AA"


def test_too_many_connections_are_closed(clinic: Any, population: Any) -> None:
    host, port = clinic.running.hl7.split(":")
    with contextlib.ExitStack() as stack:
        lines = [
            stack.enter_context(socket.create_connection((host, int(port)), timeout=10))
            for _ in range(MOST_CONNECTIONS)
        ]
        with contextlib.suppress(ConnectionError):
            assert lines[-1].recv(1) == b""
        assert clinic.ask(order(population.chart(5).mrn)).text("MSA", 1) == "AA"


def test_many_messages_at_once_are_answered_in_order(clinic: Any, population: Any) -> None:
    mrn = population.chart(5).mrn
    clinic.line.sendall(b"".join(framed(order(mrn, f"c{number}")) for number in range(300)))
    heard: list[str] = []
    while len(heard) < 300:
        for answer in clinic.framer.feed(clinic.line.recv(65_536)):
            heard.append(parse(answer).text("MSA", 2))
    assert heard == [f"c{number}" for number in range(300)]
