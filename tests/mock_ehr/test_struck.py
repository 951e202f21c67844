"""Each behaviour as bytes on a raw socket, and as the journal tells it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from mock_ehr.behaviours import VOCABULARY
from tests.mock_ehr.raw_socket import connection, exchange, receive, request_bytes

ALLERGY = {
    "resourceType": "AllergyIntolerance",
    "clinicalStatus": {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]
    },
    "code": {"text": "peanut"},
}


@pytest.fixture
def patient(live: Any) -> str:
    found: str = live.running.state.store.population.chart(0).id
    return found


def arm(live: Any, kind: str, **more: Any) -> None:
    match = more.pop("match", {})
    live.running.state.faults.arm({"name": "f", "match": match, "behaviour": {"kind": kind, **more}})


def entries(live: Any) -> list[dict[str, Any]]:
    return [entry.as_dict() for entry in live.running.state.journal.since(0)[0]]


def clean(live: Any, path: str) -> bytes:
    """The body without any fault."""
    got = exchange(live, path)
    live.running.state.journal.reset()
    assert got.status == 200
    return got.body


def proof(live: Any) -> tuple[list[str], str, str]:
    """What the journal says of the last exchange: faults, outcome, note."""
    entry = entries(live)[-1]
    return entry["faults"], entry["outcome"], entry["note"]


@pytest.mark.parametrize(
    ("announce", "lengths"),
    [
        ("longer", lambda size: [size + 10]),
        ("shorter", lambda size: [size - 10]),
        ("twice", lambda size: [size, size]),
        ("contradicting", lambda size: [size, size + 10]),
        ("negative", lambda size: [-size]),
        ("absent", lambda size: []),
    ],
)
def test_announces_a_wrong_length(live: Any, patient: str, announce: str, lengths: Callable[[int], list[int]]) -> None:
    size = len(clean(live, f"Patient/{patient}"))
    arm(live, "wrong-length", announce=announce)
    got = exchange(live, f"Patient/{patient}")
    assert [int(text) for text in got.headers("content-length")] == lengths(size)
    assert len(got.body) == size
    faults, outcome, note = proof(live)
    assert (faults, outcome, note.startswith(f"f: {announce}")) == (["f"], "answered", True)


def test_can_close_after_a_wrong_length(live: Any, patient: str) -> None:
    arm(live, "wrong-length", announce="longer", then="close")
    assert exchange(live, f"Patient/{patient}").ended == "closed"
    assert proof(live)[1] == "dropped"


def test_can_hang_after_a_wrong_length_even_if_asked_to_close(live: Any, patient: str) -> None:
    arm(live, "wrong-length", announce="longer", then="hang")
    assert exchange(live, f"Patient/{patient}").ended == "silence"


def dechunked(data: bytes) -> bytes:
    """Decode right chunked coding."""
    body = b""
    while True:
        size, _, data = data.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            assert data == b"\r\n"
            return body
        assert data[length : length + 2] == b"\r\n"
        body, data = body + data[:length], data[length + 2 :]


def test_valid_chunks_are_valid(live: Any, patient: str) -> None:
    body = clean(live, f"Patient/{patient}")
    arm(live, "chunking", flaw="valid", bytes=100)
    got = exchange(live, f"Patient/{patient}")
    assert (got.headers("transfer-encoding"), got.headers("content-length")) == (["chunked"], [])
    assert dechunked(got.body) == body


@pytest.mark.parametrize(
    ("flaw", "sign"),
    [
        ("size-too-large", b"6b\r\n"),
        ("size-too-small", b"5d\r\n"),
        ("size-not-hex", b"xyz\r\n"),
        ("size-negative", b"-5\r\n"),
        ("size-absurd", b"ffffffffffffffffffff\r\n"),
        ("no-line-end", b"64\r\n"),
        ("no-end", b"64\r\n"),
        ("garbage-trailer", b"64\r\n"),
        ("long-extension", b"64;eee"),
    ],
)
def test_chunks_are_flawed(live: Any, patient: str, flaw: str, sign: bytes) -> None:
    arm(live, "chunking", flaw=flaw, bytes=100)
    got = exchange(live, f"Patient/{patient}")
    assert got.body.startswith(sign)
    with pytest.raises((ValueError, AssertionError)):
        dechunked(got.body)
    assert proof(live) == (["f"], "answered", f"f: {flaw}")


def test_both_framings_at_once(live: Any, patient: str) -> None:
    size = len(clean(live, f"Patient/{patient}"))
    arm(live, "chunking", flaw="both-framings")
    got = exchange(live, f"Patient/{patient}")
    assert (got.headers("transfer-encoding"), got.headers("content-length")) == (["chunked"], [str(size)])


@pytest.mark.parametrize(
    ("flaw", "sign"),
    [
        ("huge", b"X-Padding: pppp"),
        ("many", b"X-Header-199: 199"),
        ("cookies", b"Set-Cookie: session199=c"),
        ("injected-header", b"X-Request-Id: 1\r\nSet-Cookie: injected=1\r\n"),
        ("injected-answer", b"\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/html"),
        ("no-colon", b"\r\nthis line has no colon\r\n"),
        ("folded", b"X-Folded: one\r\n two\r\n"),
        ("bad-name", b"X Bad Name : 1"),
        ("empty-name", b"\r\n: nameless"),
        ("nul", b"a\x00b"),
        ("latin-1", b"caf\xe9"),
        ("two-types", b"Content-Type: application/fhir+json\r\nContent-Type: text/html"),
        ("wrong-type", b"Content-Type: text/plain\r\n"),
        ("broken-type", b"Content-Type: application/fhir+json; charset\r\n"),
        ("bare-line-ends", b"HTTP/1.1 200 OK\nDate: "),
        ("no-reason", b"HTTP/1.1 200\r\n"),
        ("version-1.0", b"HTTP/1.0 200 OK\r\n"),
        ("version-unknown", b"HTTP/7.3 200 OK\r\n"),
        ("not-http", b"ICY 200 OK\r\n"),
        ("close-and-keep", b"Connection: close, keep-alive"),
    ],
)
def test_bends_the_head(live: Any, patient: str, flaw: str, sign: bytes) -> None:
    body = clean(live, f"Patient/{patient}")
    arm(live, "header", flaw=flaw, **({"size": 20} if flaw == "cookies" else {}))
    got = exchange(live, f"Patient/{patient}")
    assert sign in got.data
    assert got.data.endswith(body)
    assert proof(live) == (["f"], "answered", f"f: {flaw}")


def test_adds_and_removes_headers(live: Any, patient: str) -> None:
    arm(live, "header", add={"X-Epic": "1"}, remove=["content-type"])
    got = exchange(live, f"Patient/{patient}")
    assert (got.headers("x-epic"), got.headers("content-type")) == (["1"], [])


@pytest.mark.parametrize("flaw", ["latin-1", "utf-16", "bom", "bad-byte", "declared", "lone-surrogate"])
def test_sends_another_charset(live: Any, patient: str, flaw: str) -> None:
    body = clean(live, f"Patient/{patient}")
    arm(live, "charset", flaw=flaw)
    got = exchange(live, f"Patient/{patient}")
    assert got.body != body or got.headers("content-type") == ["application/fhir+json; charset=iso-8859-1"]
    assert got.headers("content-length") == [str(len(got.body))]
    assert proof(live) == (["f"], "answered", f"f: {flaw}")


def test_sends_gzip_that_nobody_asked_for(live: Any, patient: str) -> None:
    body = clean(live, f"Patient/{patient}")
    arm(live, "gzip", flaw="unasked")
    got = exchange(live, f"Patient/{patient}")
    assert (got.headers("content-encoding"), gzip.decompress(got.body)) == (["gzip"], body)


@pytest.mark.parametrize(
    ("settings", "most"),
    [({"bytes": 200, "interval_s": 0.01}, 200), ({"bytes": 50, "interval_s": 0.01, "part": "all"}, 50)],
)
def test_drips(live: Any, patient: str, settings: dict[str, Any], most: int) -> None:
    body = clean(live, f"Patient/{patient}")
    arm(live, "drip", **settings)
    got = exchange(live, f"Patient/{patient}")
    assert got.body == body
    drops = len(body if most == 200 else got.data) // most
    assert got.at[-1] - got.at[0] >= (drops - 1) * 0.01 * 0.9
    faults, outcome, note = proof(live)
    assert (faults, outcome, note) == (["f"], "answered", f"f: {most} bytes each 0.01 s")
    assert entries(live)[-1]["duration_ms"] >= (drops - 1) * 9


def test_a_client_that_leaves_while_it_drips_is_noted(live: Any, patient: str, until: Callable[..., Any]) -> None:
    arm(live, "drip", bytes=1, interval_s=0.05)
    with connection(live) as sock:
        sock.sendall(request_bytes(live, f"Patient/{patient}"))
        assert sock.recv(1000)
    until(lambda: entries(live)[-1]["outcome"] == "aborted")


@pytest.mark.parametrize(
    "distribution",
    [
        {"kind": "uniform", "low_s": 0.02, "high_s": 0.05},
        {"kind": "pareto", "scale_s": 0.02, "shape": 3, "cap_s": 0.06},
    ],
)
def test_delays_by_a_distribution_and_tells_how_long(live: Any, patient: str, distribution: dict[str, Any]) -> None:
    arm(live, "delay", distribution=distribution)
    for _ in range(3):
        exchange(live, f"Patient/{patient}")
    told = [float(entry["note"].removeprefix("f: ").removesuffix(" s")) for entry in entries(live)]
    assert len(set(told)) > 1
    for seconds, entry in zip(told, entries(live), strict=True):
        assert 0.02 <= seconds <= 0.06
        assert entry["duration_ms"] >= seconds * 1000 - 1


@pytest.mark.parametrize(("status", "times"), [(100, 1), (103, 1), (102, 50)])
def test_sends_informational_responses_first(live: Any, patient: str, status: int, times: int) -> None:
    arm(live, "interim", status=status, times=times, headers={"Link": "</x>"})
    got = exchange(live, f"Patient/{patient}")
    assert got.data.count(b"HTTP/1.1 %d " % status) == times
    assert got.data.count(b"Link: </x>\r\n") == times
    assert got.data.count(b"HTTP/1.1 200 OK\r\n") == 1
    assert proof(live) == (["f"], "answered", f"f: {times} times {status}")


@pytest.mark.parametrize(
    ("when", "committed", "some"), [("before", False, False), ("amid", True, True), ("after", True, False)]
)
def test_stalls(live: Any, patient: str, until: Callable[..., Any], when: str, committed: bool, some: bool) -> None:
    arm(live, "stall", when=when)
    body = json.dumps(ALLERGY | {"patient": {"reference": f"Patient/{patient}"}}).encode()
    got = exchange(live, "AllergyIntolerance", "POST", body)
    assert (bool(got.data), got.ended) == (some, "silence")
    entry = until(lambda: next((row for row in entries(live) if row["outcome"] == "aborted"), None))
    assert (entry["faults"], entry["committed"]) == (["f"], committed)
    assert len(list(live.running.state.store.written())) == int(committed)


@pytest.mark.parametrize(("how", "ended"), [("reset", "reset"), ("close", "closed")])
@pytest.mark.parametrize("when", ["before", "amid", "after"])
def test_drops(live: Any, patient: str, how: str, ended: str, when: str) -> None:
    arm(live, "drop", when=when, how=how)
    got = exchange(live, f"Patient/{patient}")
    assert (got.ended, bool(got.data)) == (ended, when == "amid")
    faults, outcome, note = proof(live)
    assert (faults, outcome, when in note) == (["f"], "dropped", True)


@pytest.mark.parametrize("how", ["reset", "close"])
def test_truncates(live: Any, patient: str, how: str) -> None:
    size = len(clean(live, f"Patient/{patient}"))
    arm(live, "truncate", bytes=30, how=how)
    got = exchange(live, f"Patient/{patient}")
    assert (len(got.body), got.headers("content-length")) == (30, [str(size)])
    assert proof(live) == (["f"], "dropped", f"f: 30 of {size} bytes")


def test_drifts_units_and_codes(live: Any, patient: str) -> None:
    path = f"Observation?patient={patient}&category=vital-signs"
    codes = {
        coding["code"]
        for entry in json.loads(clean(live, path))["entry"]
        for coding in entry["resource"]["code"]["coding"]
        if coding.get("system") == "http://loinc.org"
    }
    arm(live, "unit-drift", **{"from": "/min", "to": "Hz", "factor": 0.0166667, "decimals": 3})
    arm(live, "code-drift", system="http://loinc.org", map={code: f"{code}-x" for code in codes})
    body = exchange(live, path).body
    assert b'"code":"Hz"' in body
    assert all(f'"{code}"'.encode() not in body for code in codes)
    assert proof(live)[0] == ["f", "f"]


@pytest.mark.parametrize(
    ("kind", "more", "change"), [("duplicate", {"entries": 2}, 2), ("missing", {"entries": 3}, -3)]
)
def test_bundles_hold_too_much_or_too_little(live: Any, patient: str, kind: str, more: Any, change: int) -> None:
    path = f"Observation?patient={patient}&category=vital-signs"
    before = json.loads(clean(live, path))
    arm(live, kind, **more)
    after = json.loads(exchange(live, path).body)
    assert len(after["entry"]) == len(before["entry"]) + change
    assert after["total"] == before["total"]


def test_serves_old_data_after_a_write(live: Any, patient: str) -> None:
    store = live.running.state.store
    record = store.find("Patient", patient)
    changed = record.body() | {"gender": "other" if record.body()["gender"] != "other" else "male"}
    store.put(type(record)("Patient", patient, patient, json.dumps(changed, default=float).encode()))
    assert json.loads(clean(live, f"Patient/{patient}"))["gender"] == changed["gender"]
    arm(live, "stale")
    assert json.loads(exchange(live, f"Patient/{patient}").body)["gender"] == record.body()["gender"]
    assert proof(live) == (["f"], "answered", "f: earlier version")
    bundle = json.loads(exchange(live, f"Patient?_id={patient}").body)
    assert bundle["entry"][0]["resource"]["gender"] == record.body()["gender"]
    other = store.population.chart(1).id
    assert exchange(live, f"Patient/{other}").status == 200
    assert proof(live)[0] == []


def test_what_was_just_created_is_not_there_yet(live: Any, patient: str) -> None:
    store = live.running.state.store
    found = store.of_patient(patient, "Condition")[0]
    made = found.body() | {"id": "new-condition"}
    store.add(type(found)("Condition", "new-condition", patient, json.dumps(made, default=float).encode(), True))
    path = f"Condition?patient={patient}"
    assert b"new-condition" in clean(live, path)
    arm(live, "stale")
    assert b"new-condition" not in exchange(live, path).body
    assert exchange(live, "Condition/new-condition").status == 404
    assert proof(live) == (["f"], "answered", "f: not there yet")


def test_one_request_is_served_on_another_clock(live: Any, patient: str) -> None:
    arm(live, "clock", offset_s=7200, match={"first": 1})
    ahead, now = (exchange(live, f"Patient/{patient}") for _ in "ab")
    dates = [parsedate_to_datetime(got.headers("date")[0]) for got in (ahead, now)]
    assert ahead.status == 401  # its token has one hour
    assert (dates[0] - dates[1]).total_seconds() > 7100
    assert [entry["faults"] for entry in entries(live)] == [["f"], []]
    assert now.status == 200


@pytest.mark.parametrize("wait", ["0", "-5", "99999999999", "soon", "date:-60", "date:+2", None])
def test_storms_say_anything_about_waiting(live: Any, patient: str, wait: str | None) -> None:
    arm(live, "storm", **({} if wait is None else {"retry_after": wait}))
    got = exchange(live, f"Patient/{patient}")
    told = got.headers("retry-after")
    assert got.status == 429
    if wait is None:
        assert told == []
    elif wait.startswith("date:"):
        seconds = (parsedate_to_datetime(told[0]) - parsedate_to_datetime(got.headers("date")[0])).total_seconds()
        assert abs(seconds - float(wait[5:])) <= 1
    else:
        assert told == [wait]


def test_a_problem_document_can_stand_in_for_the_vendor(live: Any, patient: str) -> None:
    arm(live, "status", status=503, body="problem+json")
    got = exchange(live, f"Patient/{patient}")
    assert (got.status, got.headers("content-type")) == (503, ["application/problem+json"])
    assert json.loads(got.body) == {"type": "about:blank", "title": "Service Unavailable", "status": 503}


def test_whole_connections_can_be_reset_or_ignored(live: Any, patient: str, until: Callable[..., Any]) -> None:
    arm(live, "drop", match={"kind": "connection", "first": 1})
    arm(live, "stall", match={"kind": "connection", "skip": 1, "first": 1})
    ended = [exchange(live, f"Patient/{patient}").ended for _ in range(2)]
    assert ended[0] in ("reset", "closed")
    assert ended[1] == "silence"
    assert exchange(live, f"Patient/{patient}").status == 200
    shown = until(
        lambda: [row for row in entries(live) if row["outcome"] in ("dropped", "aborted")][1:] and entries(live)
    )
    assert [(row["kind"], row["outcome"]) for row in shown[:2]] == [
        ("connection", "dropped"),
        ("connection", "aborted"),
    ]


def test_several_faults_act_in_the_order_of_their_stages(live: Any, patient: str) -> None:
    for name, behaviour in (
        ("slow", {"kind": "delay", "seconds": 0.01}),
        ("packed", {"kind": "gzip", "flaw": "undeclared"}),
        ("lies", {"kind": "wrong-length", "announce": "longer"}),
        ("drifted", {"kind": "drift", "set": {"Patient.drifted": True}}),
    ):
        live.running.state.faults.arm({"name": name, "behaviour": behaviour})
    got = exchange(live, f"Patient/{patient}")
    assert json.loads(gzip.decompress(got.body))["drifted"] is True
    assert got.headers("content-length") == [str(len(got.body) + 10)]
    entry = entries(live)[-1]
    assert entry["faults"] == ["drifted", "packed", "lies", "slow"]
    assert "lies: longer" in entry["note"]


def test_a_token_broken_by_a_fault_is_kept_out_of_the_journal(desk: Any) -> None:
    for behaviour in ({"kind": "corrupt"}, {"kind": "charset", "flaw": "utf-16"}, {"kind": "gzip", "flaw": "unasked"}):
        desk.state.faults.arm({"match": {"kind": "token", "first": 1}, "behaviour": behaviour})
        desk.ask_token(desk.assertion())
        desk.state.faults.clear()
    hidden, *others = (entry["response_body"] for entry in desk.journal())
    assert hidden.startswith('{"access_token":"(hidden)"')
    assert others == ["(hidden)", "(hidden)"]


def test_answers_come_in_order_when_one_of_them_is_slow(live: Any, patient: str) -> None:
    arm(live, "delay", seconds=0.05, match={"first": 1})
    arm(live, "drip", bytes=500, interval_s=0.002, match={"first": 2})
    other = live.running.state.store.population.chart(1).id
    with connection(live) as sock:
        sock.sendall(b"".join(request_bytes(live, f"Patient/{one}") for one in (patient, other, patient)))
        data = receive(sock).data
    places = [data.find(f'"id":"{one}"'.encode()) for one in (patient, other)]
    assert -1 < places[0] < places[1]
    assert data.count(b"HTTP/1.1 200 OK\r\n") == 3


def test_rate_limits_stand_before_the_vendor(live: Any, patient: str) -> None:
    rule = {"kind": "fixed-window", "limit": 1, "window_s": 60, "body": "problem+json", "headers": ["ratelimit"]}
    assert live.control.put("/throttle", json=rule).status_code == 200
    passed, refused = exchange(live, f"Patient/{patient}"), exchange(live, f"Patient/{patient}")
    assert (passed.status, passed.headers("ratelimit")) == (200, ['"client";r=0;t=60'])
    assert (refused.status, refused.headers("retry-after")) == (429, ["60"])
    assert json.loads(refused.body)["type"].endswith("quota-exceeded")
    assert entries(live)[-1]["note"] == "over the rate limit"
    assert live.control.get("/throttle").json()["refused"] == 1


def test_a_cap_on_concurrency_lets_go_when_the_answer_is_out(
    live: Any, patient: str, until: Callable[..., Any]
) -> None:
    live.control.put("/throttle", json={"kind": "concurrency", "limit": 1})
    arm(live, "stall", match={"first": 1})
    with connection(live) as sock:
        sock.sendall(request_bytes(live, f"Patient/{patient}"))
        until(lambda: entries(live))
        assert exchange(live, f"Patient/{patient}").status == 429
    until(lambda: exchange(live, f"Patient/{patient}").status == 200)


def test_every_word_of_the_vocabulary_is_seen_here_or_in_its_neighbours() -> None:
    here = {
        "wrong-length",
        "chunking",
        "header",
        "charset",
        "gzip",
        "drip",
        "delay",
        "interim",
        "stall",
        "drop",
        "truncate",
        "unit-drift",
        "code-drift",
        "duplicate",
        "missing",
        "stale",
        "clock",
        "storm",
        "status",
        "drift",
        "corrupt",
    }
    in_test_ehr = {"html", "empty", "wrong-patient", "token-expiry"}
    in_test_tls = {"certificate"}
    assert here | in_test_ehr | in_test_tls == set(VOCABULARY)
