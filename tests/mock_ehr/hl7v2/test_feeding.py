"""The feed and single messages against receivers that behave in every way, driven through the control port."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from mock_ehr.hl7v2.reading import parse
from synthetic.writers.hl7v2 import messages

QUICK = {"timeout_s": 0.2, "pause_s": 0, "rate_per_s": 10_000}


def started(clinic: Any, to: str, **body: Any) -> None:
    answer = clinic.control.put("/hl7v2/feed", json={"to": to, **QUICK, **body})
    assert answer.status_code == 200, answer.text


def finished(clinic: Any, until: Callable[[Callable[[], Any]], Any]) -> dict[str, Any]:
    def ended() -> Any:
        feed = clinic.control.get("/hl7v2").json()["feed"]
        return feed if feed["state"] != "running" else None

    feed: dict[str, Any] = until(ended)
    return feed


def test_tells_a_chart_in_order_and_journals_each_message(
    clinic: Any, receiver: Any, until: Any, population: Any
) -> None:
    there = receiver("AA")
    chart = population.chart(3)
    started(clinic, there.address, patients=[chart.id])
    feed = finished(clinic, until)
    expected = messages(chart, population.directory())
    assert there.messages == [message.data for message in expected]
    assert (feed["state"], feed["done"], feed["counts"]["accepted"]) == ("finished", len(expected), len(expected))
    assert (feed["error_queue"], there.connections) == ([], 1)
    entries = clinic.journal()
    assert [entry["path"] for entry in entries] == [f"/hl7v2/out/{message.event}" for message in expected]
    first = entries[0]
    assert (first["method"], first["interaction"], first["patients"]) == ("MLLP", "message", [chart.id])
    assert (first["outcome"], first["note"], first["status"]) == ("answered", "AA", None)
    assert first["request_body"].startswith("MSH|")
    assert "MSA|AA|" in first["response_body"]


def test_orders_by_time_over_charts_or_chart_by_chart(clinic: Any, receiver: Any, until: Any, population: Any) -> None:
    there = receiver("AA")
    events = ["ADT^A01", "ADT^A03", "ADT^A04"]
    made = [message for index in range(4) for message in messages(population.chart(index), population.directory())]
    wanted = [message for message in made if message.event in events]
    started(clinic, there.address, count=4, events=events, order="chart")
    finished(clinic, until)
    assert there.control_ids == [message.control_id for message in wanted]
    there.messages.clear()
    started(clinic, there.address, count=4, events=events)
    finished(clinic, until)
    times = {message.control_id: message.time for message in wanted}
    assert sorted(there.control_ids) == sorted(times)
    assert [times[one] for one in there.control_ids] == sorted(times.values())


@pytest.mark.parametrize(
    ("script", "result", "sent", "count"),
    [
        (["none", "AA"], "accepted", 2, "resent"),
        (["close", "AA"], "accepted", 2, "resent"),
        (["wrong", "AA"], "accepted", 2, "mismatched"),
        (["twice"], "accepted", 1, "mismatched"),
        (["rubbish"], "accepted", 1, "unreadable"),
        (["CA"], "accepted", 1, "accepted"),
        (["AE"], "error", 1, "errors"),
        (["CE"], "error", 1, "errors"),
        (["AR"], "rejected", 1, "rejected"),
        (["CR"], "rejected", 1, "rejected"),
        (["none"], "unanswered", 3, "unanswered"),
        (["close"], "unanswered", 3, "unanswered"),
    ],
)
def test_acknowledgements(
    clinic: Any, receiver: Any, until: Any, script: list[str], result: str, sent: int, count: str
) -> None:
    there = receiver(*script)
    started(clinic, there.address, count=1, limit=1, resends=2)
    feed = finished(clinic, until)
    assert len(there.messages) == feed["counts"]["sent"] == sent
    assert len(set(there.control_ids)) == 1
    assert feed["counts"][count] >= 1
    assert [row["result"] for row in feed["error_queue"]] == ([] if result == "accepted" else [result])
    outcomes = [entry["outcome"] for entry in clinic.journal()]
    assert outcomes[-1] == ("dropped" if result == "unanswered" else "answered")


def test_sends_again_after_an_error_when_told_to(clinic: Any, receiver: Any, until: Any) -> None:
    there = receiver("AE", "AE", "AA")
    started(clinic, there.address, count=1, limit=1, resends=5, resend_errors=True)
    assert finished(clinic, until)["counts"]["accepted"] == 1
    assert len(there.messages) == 3


def test_goes_on_with_the_next_message_after_a_failure(clinic: Any, receiver: Any, until: Any) -> None:
    there = receiver("AR", "AA")
    started(clinic, there.address, count=1, limit=3)
    feed = finished(clinic, until)
    (failed,) = feed["error_queue"]
    assert failed["control_id"] == there.control_ids[0]
    assert (failed["code"], failed["attempts"], feed["counts"]["accepted"]) == ("AR", 1, 2)


def test_waits_for_a_receiver_that_comes_late(clinic: Any, receiver: Any, until: Any) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started(clinic, f"127.0.0.1:{port}", count=1, limit=1, resends=100, pause_s=0.02)
    there = receiver("AA", port=port)
    feed = finished(clinic, until)
    assert (feed["counts"]["accepted"], feed["counts"]["resent"] >= 0, len(there.messages)) == (1, True, 1)


def test_a_feed_can_be_stopped_and_another_takes_its_place(clinic: Any, receiver: Any, until: Any) -> None:
    silent, there = receiver("none"), receiver("AA")
    started(clinic, silent.address, count=1, timeout_s=60)
    until(lambda: silent.messages)
    assert clinic.control.delete("/hl7v2/feed").json()["feed"]["state"] == "stopped"
    until(lambda: clinic.journal()[-1]["outcome"] == "aborted")
    started(clinic, there.address, count=1, limit=2)
    assert finished(clinic, until)["done"] == 2
    clinic.control.post("/reset", json={"parts": ["hl7v2"]})
    assert clinic.control.get("/hl7v2").json()["feed"] is None


def test_the_rates_can_end_before_the_messages(clinic: Any, receiver: Any, until: Any) -> None:
    there = receiver("AA")
    body = {"to": there.address, "schedule": [{"rate_per_s": 100, "for_s": 0.03}]}
    assert clinic.control.put("/hl7v2/feed", json=body).status_code == 200
    feed = finished(clinic, until)
    assert (len(there.messages), feed["state"], "before message 3" in feed["reason"]) == (3, "finished", True)


def test_sends_one_message_of_a_chart(clinic: Any, receiver: Any, population: Any) -> None:
    there = receiver("AA", "AR")
    patient = population.chart(2).id
    told = clinic.control.get(f"/hl7v2/messages/{patient}").json()["messages"]
    event = told[-1]["event"]
    body = {"to": there.address, "patient": patient, "event": event}
    delivery = clinic.control.post("/hl7v2/send", json=body).json()
    assert delivery == {"result": "accepted", "code": "AA", "text": "", "attempts": 1}
    changed = body | {"control_id": "mine", "processing_id": "P", "version": "2.3"}
    assert clinic.control.post("/hl7v2/send", json=changed).json()["result"] == "rejected"
    header = [parse(there.messages[1]).text("MSH", number) for number in (10, 11, 12)]
    assert header == ["mine", "P", "2.3"]
    assert there.control_ids[0] not in [row["control_id"] for row in told]


def test_sends_a_text_as_it_is(clinic: Any, receiver: Any) -> None:
    there = receiver("AA")
    text = "MSH|^~\\&|A|B|C|D|20260615||ADT^A08|x1|T|2.5.1\nPID|1||m1"
    delivery = clinic.control.post("/hl7v2/send", json={"to": there.address, "text": text}).json()
    assert (delivery["result"], there.messages) == ("accepted", [text.replace("\n", "\r").encode()])


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("feed", {"to": "10.0.0.1:99"}, "a receiver on this machine"),
        ("feed", {"to": "127.0.0.1:0"}, "a receiver on this machine"),
        ("feed", {"to": "127.0.0.1:9", "events": ["ADT^A1"]}, "did you mean ADT^A01"),
        ("feed", {"to": "127.0.0.1:9", "first": 40}, "there are 40 patients"),
        ("feed", {"to": "127.0.0.1:9", "patients": ["x"]}, "no patient 'x'"),
        ("feed", {"to": "127.0.0.1:9", "patients": ["x"], "first": 1}, "both given"),
        ("feed", {"to": "127.0.0.1:9", "rate_per_s": 1, "schedule": [{"rate_per_s": 1}]}, "both given"),
        ("feed", {"to": "127.0.0.1:9", "schedule": [{"rate_per_s": 1}, {"rate_per_s": 1}]}, "for_s is missing"),
        ("feed", {"to": "127.0.0.1:9", "schedule": [{"rate_per_s": 0}]}, "needs for_s"),
        ("feed", {"to": "127.0.0.1:9", "schedule": [{"rate": 1}]}, "schedule[0]: unknown field 'rate'"),
        ("send", {"to": "127.0.0.1:9"}, "patient and event or text"),
        ("send", {"to": "127.0.0.1:9", "patient": "x", "event": "ADT^A01"}, "no patient"),
        ("send", {"to": "127.0.0.1:9", "text": "MSH", "version": "2"}, "both given"),
    ],
)
def test_says_what_is_wrong(clinic: Any, path: str, body: dict[str, Any], words: str) -> None:
    answer = clinic.control.request("PUT" if path == "feed" else "POST", f"/hl7v2/{path}", json=body)
    assert answer.status_code in (400, 404)
    assert words in answer.json()["error"] + answer.json()["hint"]


def test_names_the_events_that_a_chart_has(clinic: Any, population: Any) -> None:
    index, missing = next(
        (index, event)
        for index in range(40)
        for event in ("ADT^A40", "SIU^S26")
        if event not in {message.event for message in messages(population.chart(index), population.directory())}
    )
    body = {"to": "127.0.0.1:9", "patient": population.chart(index).id, "event": missing}
    answer = clinic.control.post("/hl7v2/send", json=body)
    assert (answer.status_code, "it has ADT^" in answer.json()["error"]) == (404, True)
