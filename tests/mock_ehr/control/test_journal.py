"""The journal by filters, followed by long polls and as server-sent events, over real sockets."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from mock_ehr.control.follow import has_status

ACTIVE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]}
ALLERGY = {"resourceType": "AllergyIntolerance", "clinicalStatus": ACTIVE, "code": {"text": "x"}}


@pytest.fixture
def visited(live: Any) -> Any:
    """Some traffic to choose from."""
    first, second = (live.running.state.store.population.chart(index).id for index in (0, 1))
    live.control.post(
        "/faults",
        json={"name": "busy", "match": {"type": "Condition"}, "behaviour": {"kind": "storm"}},
    )
    live.data.get(f"Patient/{first}")
    live.data.get(f"Condition?patient={second}")
    live.data.get("metadata")
    live.data.get("Patient/unknown")
    live.data.post("AllergyIntolerance", json=ALLERGY | {"patient": {"reference": f"Patient/{first}"}})
    return live


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, 5),
        ({"type": "Condition"}, 1),
        ({"client": "gw"}, 5),
        ({"client": "nobody"}, 0),
        ({"status": "404"}, 1),
        ({"status": "4xx"}, 2),
        ({"status": "none"}, 0),
        ({"path": "*/Patient/*"}, 2),
        ({"fault": "busy"}, 1),
        ({"committed": "true"}, 1),
        ({"committed": "false"}, 4),
        ({"interaction": "read"}, 2),
        ({"method": "post"}, 1),
        ({"outcome": "answered"}, 5),
        ({"outcome": "open"}, 0),
        ({"last": 2}, 2),
        ({"last": 2, "type": "Patient"}, 1),
        ({"limit": 3}, 3),
        ({"limit": 0}, 5),
        ({"kind": "metadata"}, 1),
        ({"type": "Patient", "status": "2xx"}, 1),
    ],
)
def test_filters(visited: Any, query: dict[str, Any], found: int) -> None:
    assert len(visited.control.get("/journal", params=query).json()["entries"]) == found


@pytest.mark.parametrize(
    ("query", "words"),
    [({"status": "9"}, "404"), ({"committed": "yes"}, "true, false"), ({"wait_s": "61"}, "at most 60")],
)
def test_wrong_filters_are_refused(live: Any, query: dict[str, str], words: str) -> None:
    answer = live.control.get("/journal", params=query)
    assert answer.status_code == 400
    assert words in answer.json()["error"] + answer.json()["hint"]


@pytest.mark.parametrize(
    ("status", "wanted", "fits"),
    [(404, "404", True), (404, "4xx", True), (200, "4xx", False), (None, "none", True), (None, "2xx", False),
     (200, "none", False)],
)  # fmt: skip
def test_statuses(status: int | None, wanted: str, fits: bool) -> None:
    assert has_status(status, wanted) is fits


def test_pages_by_limit_without_a_gap(visited: Any) -> None:
    seen, since = [], 0
    for _ in range(10):
        page = visited.control.get("/journal", params={"since": since, "limit": 2}).json()
        seen += [entry["seq"] for entry in page["entries"]]
        if since == page["next"]:
            break
        since = page["next"]
    assert seen == [1, 2, 3, 4, 5]


def test_a_long_poll_is_answered_when_something_arrives(live: Any) -> None:
    before = live.control.get("/journal").json()
    answers: list[Any] = []

    def poll() -> None:
        with_version = {"since": before["next"], "wait_s": 9, "version": before["version"]}
        answers.append(live.control.get("/journal", params=with_version, timeout=20).json())

    waiting = threading.Thread(target=poll)
    waiting.start()
    live.data.get("metadata")
    waiting.join(20)
    assert [entry["interaction"] for entry in answers[0]["entries"]] == ["metadata"]


def test_a_long_poll_ends_when_nothing_arrives_that_fits(live: Any) -> None:
    started = time.monotonic()
    live.data.get("metadata")
    answer = live.control.get("/journal", params={"wait_s": 0.2, "type": "Patient"}).json()
    assert answer["entries"] == []
    assert time.monotonic() - started >= 0.2


def test_an_open_exchange_is_told_once_when_it_arrives_and_once_when_it_ends(
    live: Any, until: Callable[[Callable[[], Any]], Any]
) -> None:
    live.control.post("/faults", json={"behaviour": {"kind": "delay", "seconds": 1}, "match": {"kind": "metadata"}})
    slow = threading.Thread(target=lambda: live.data.get("metadata"))
    slow.start()
    seen = until(lambda: (found := live.control.get("/journal").json())["entries"] and found)
    assert [entry["outcome"] for entry in seen["entries"]] == ["open"]
    query = {"since": seen["next"], "wait_s": 9, "version": seen["version"]}
    later = live.control.get("/journal", params=query, timeout=20).json()
    slow.join(10)
    assert [(entry["seq"], entry["outcome"]) for entry in later["entries"]] == [(1, "answered")]
    assert later["next"] == 1


def test_a_long_poll_is_not_answered_again_while_an_exchange_stays_open(
    live: Any, until: Callable[[Callable[[], Any]], Any]
) -> None:
    live.control.post("/faults", json={"behaviour": {"kind": "stall"}, "match": {"kind": "metadata"}})

    def give_up() -> None:
        with pytest.raises(httpx.ReadTimeout):
            live.data.get("metadata", timeout=0.6)

    request = threading.Thread(target=give_up)
    request.start()
    seen = until(lambda: (found := live.control.get("/journal").json())["entries"] and found)
    live.data.get("Patient/unknown")
    both = live.control.get("/journal", params={"since": seen["next"]}).json()
    assert len(both["entries"]) == 2
    query = {"since": both["next"], "version": both["version"], "wait_s": 0.1}
    again = live.control.get("/journal", params=query).json()
    assert again["version"] == both["version"]
    request.join(10)


def events(text: str) -> list[dict[str, str]]:
    """The events of a stream, by the rules of the standard that we use."""
    blocks = [block.split("\n") for block in text.strip("\n").split("\n\n")]
    return [dict(line.split(": ", 1) for line in block) for block in blocks]


def test_the_stream_goes_on_from_the_last_event(live: Any) -> None:
    live.data.get("metadata")
    live.data.get("Patient/unknown")
    first = live.control.get("/journal/events", params={"last": 1})
    assert first.headers["content-type"] == "text/event-stream; charset=utf-8"
    told = events(first.text)
    assert [event["event"] for event in told] == ["exchange", "position"]
    assert '"interaction":"read"' in told[0]["data"]
    answers: list[Any] = []

    def listen() -> None:
        back = {"Last-Event-ID": told[-1]["id"]}
        answers.append(live.control.get("/journal/events", params={"last": 1}, headers=back, timeout=20))

    waiting = threading.Thread(target=listen)
    waiting.start()
    live.data.get("Patient/unknown2")
    waiting.join(20)
    assert "Patient/unknown2" in answers[0].text
    assert answers[0].text.count("event: exchange") == 1
