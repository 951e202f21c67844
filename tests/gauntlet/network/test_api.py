"""The API's answers, the same table for the built-in and the real server."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest

JSON, TEXT = "application/json", "text/plain; charset=utf-8"
LISTEN = "127.0.0.1:0"
PROXY = {"name": "p", "listen": LISTEN, "upstream": "127.0.0.1:9"}
Call = tuple[str, str, Any]
CREATE: Call = ("POST", "/proxies", PROXY)
TOXICS = "/proxies/p/toxics"


def shown(**changes: Any) -> dict[str, Any]:
    document = {
        "name": "p",
        "listen": "PORT",
        "upstream": "127.0.0.1:9",
        "enabled": True,
        "Logger": {},
        "toxics": [],
    }
    return {**document, **changes}


def toxic(kind: str, attributes: dict[str, int], **changes: Any) -> dict[str, Any]:
    document = {"attributes": attributes, "name": f"{kind}_downstream", "type": kind, "stream": "downstream"}
    return {**document, "toxicity": 1, **changes}


LATENCY = toxic("latency", {"latency": 5, "jitter": 0})
ADD_LATENCY: Call = ("POST", TOXICS, {"type": "latency", "attributes": {"latency": 5}})

GOOD: list[tuple[str, list[Call], Call, int, Any]] = [
    ("no proxies", [], ("GET", "/proxies", None), 200, {}),
    ("create", [], CREATE, 201, shown()),
    (
        "create disabled",
        [],
        ("POST", "/proxies", {**PROXY, "enabled": False}),
        201,
        shown(enabled=False, listen=LISTEN),
    ),
    ("list", [CREATE], ("GET", "/proxies", None), 200, {"p": shown()}),
    ("show", [CREATE], ("GET", "/proxies/p", None), 200, shown()),
    ("delete", [CREATE], ("DELETE", "/proxies/p", None), 204, None),
    ("disable", [CREATE], ("POST", "/proxies/p", {"enabled": False}), 200, shown(enabled=False)),
    (
        "patch",
        [CREATE],
        ("PATCH", "/proxies/p", {"upstream": "127.0.0.1:8"}),
        200,
        shown(upstream="127.0.0.1:8"),
    ),
    ("rename is ignored", [CREATE], ("POST", "/proxies/p", {"name": "q"}), 200, shown()),
    (
        "enable",
        [("POST", "/proxies", {**PROXY, "enabled": False})],
        ("POST", "/proxies/p", {"enabled": True}),
        200,
        shown(),
    ),
    ("new listen", [CREATE], ("POST", "/proxies/p", {"listen": LISTEN}), 200, shown()),
    ("populate", [], ("POST", "/populate", [PROXY]), 201, {"proxies": [shown()]}),
    ("populate nothing", [], ("POST", "/populate", []), 201, {"proxies": None}),
    ("populate replaces", [CREATE, ADD_LATENCY], ("POST", "/populate", [PROXY]), 201, {"proxies": [shown()]}),
    ("no toxics", [CREATE], ("GET", TOXICS, None), 200, []),
    ("add toxic", [CREATE], ADD_LATENCY, 200, LATENCY),
    ("toxic in proxy", [CREATE, ADD_LATENCY], ("GET", "/proxies/p", None), 200, shown(toxics=[LATENCY])),
    ("show toxic", [CREATE, ADD_LATENCY], ("GET", f"{TOXICS}/latency_downstream", None), 200, LATENCY),
    ("delete toxic", [CREATE, ADD_LATENCY], ("DELETE", f"{TOXICS}/latency_downstream", None), 204, None),
    (
        "merge toxic",
        [CREATE, ADD_LATENCY],
        (
            "POST",
            f"{TOXICS}/latency_downstream",
            {"attributes": {"jitter": 2}, "toxicity": 0.5, "stream": "upstream"},
        ),
        200,
        {**LATENCY, "attributes": {"latency": 5, "jitter": 2}, "toxicity": 0.5},
    ),
    (
        "patch toxic",
        [CREATE, ADD_LATENCY],
        ("PATCH", f"{TOXICS}/latency_downstream", {"attributes": {"latency": 6}}),
        200,
        {**LATENCY, "attributes": {"latency": 6, "jitter": 0}},
    ),
    (
        "stream in any case",
        [CREATE],
        (
            "POST",
            TOXICS,
            {"type": "limit_data", "stream": "UPSTREAM", "attributes": {"bytes": 1, "unknown": 2}},
        ),
        200,
        toxic("limit_data", {"bytes": 1}, name="limit_data_UPSTREAM", stream="UPSTREAM"),
    ),
    ("noop", [CREATE], ("POST", TOXICS, {"type": "noop"}), 200, toxic("noop", {})),
    (
        "upstream toxics first",
        [CREATE, ADD_LATENCY, ("POST", TOXICS, {"type": "noop", "stream": "upstream"})],
        ("GET", TOXICS, None),
        200,
        [toxic("noop", {}, name="noop_upstream", stream="upstream"), LATENCY],
    ),
    ("reset", [CREATE, ADD_LATENCY], ("POST", "/reset", None), 204, None),
]

BAD: list[tuple[str, list[Call], Call, int, str]] = [
    ("no name", [], ("POST", "/proxies", {"upstream": "a:1"}), 400, "missing required field: name"),
    ("no upstream", [], ("POST", "/proxies", {"name": "p"}), 400, "missing required field: upstream"),
    ("empty", [], ("POST", "/proxies", b""), 400, "bad request body: EOF"),
    ("no json", [], ("POST", "/proxies", b"{"), 400, "bad request body: "),
    ("not an object", [], ("POST", "/proxies", [1]), 400, "bad request body: "),
    ("wrong type", [], ("POST", "/proxies", {**PROXY, "enabled": 1}), 400, "bad request body: "),
    ("twice", [CREATE], CREATE, 409, "proxy already exists"),
    ("unknown proxy", [], ("GET", "/proxies/p", None), 404, "proxy not found"),
    ("change of unknown proxy", [], ("POST", "/proxies/p", b"{"), 404, "proxy not found"),
    ("delete of unknown proxy", [], ("DELETE", "/proxies/p", None), 404, "proxy not found"),
    ("toxics of unknown proxy", [], ("GET", TOXICS, None), 404, "proxy not found"),
    ("toxic of unknown proxy", [], ADD_LATENCY, 404, "proxy not found"),
    ("bad listen", [], ("POST", "/proxies", {**PROXY, "listen": "nonsense"}), 500, ""),
    ("unknown toxic", [CREATE], ("GET", f"{TOXICS}/t", None), 404, "toxic not found"),
    ("change of unknown toxic", [CREATE], ("POST", f"{TOXICS}/t", b"{"), 404, "toxic not found"),
    ("delete of unknown toxic", [CREATE], ("DELETE", f"{TOXICS}/t", None), 404, "toxic not found"),
    ("toxic type", [CREATE], ("POST", TOXICS, {"type": "nonsense"}), 400, "invalid toxic type"),
    (
        "stream before type",
        [CREATE],
        ("POST", TOXICS, {"type": "nonsense", "stream": "x"}),
        400,
        "stream was invalid, can be either upstream or downstream",
    ),
    ("toxic twice", [CREATE, ADD_LATENCY], ADD_LATENCY, 409, "toxic already exists"),
    (
        "no integer",
        [CREATE],
        ("POST", TOXICS, {"type": "latency", "attributes": {"latency": 1.5}}),
        400,
        "bad request body: ",
    ),
    (
        "no integer in a change",
        [CREATE, ADD_LATENCY],
        ("POST", f"{TOXICS}/latency_downstream", {"attributes": {"latency": "1"}}),
        400,
        "bad request body: ",
    ),
]


def send(api: httpx.Client, call: Call) -> httpx.Response:
    method, path, body = call
    content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    return api.request(method, path, content=content)


def with_ports_masked(text: str) -> Any:
    return json.loads(re.sub(r'"listen":"127\.0\.0\.1:[1-9]\d*"', '"listen":"PORT"', text)) if text else None


@pytest.mark.parametrize(("before", "call", "status", "body"), [row[1:] for row in GOOD], ids=[row[0] for row in GOOD])
def test_good_calls(api: httpx.Client, before: list[Call], call: Call, status: int, body: Any) -> None:
    for earlier in before:
        assert send(api, earlier).is_success
    answer = send(api, call)
    assert (answer.status_code, with_ports_masked(answer.text)) == (status, body)
    assert answer.headers.get("content-type") == (JSON if body is not None else None)
    assert len(answer.headers["x-toxiproxy-request-id"]) == 20


@pytest.mark.parametrize(("before", "call", "status", "text"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_calls(api: httpx.Client, before: list[Call], call: Call, status: int, text: str) -> None:
    for earlier in before:
        assert send(api, earlier).is_success
    answer = send(api, call)
    error = answer.json()
    assert (answer.status_code, error["status"], sorted(error)) == (status, status, ["error", "status"])
    assert error["error"].startswith(text)
    assert text.endswith(": ") or not text or error["error"] == text
    assert answer.text.endswith("}\n")
    assert (answer.headers["content-type"], answer.headers["x-content-type-options"]) == (TEXT, "nosniff")


def test_version(api: httpx.Client) -> None:
    answer = api.get("/version")
    assert re.fullmatch(r'\{"version": "(2\.12\.0|git)"\}\n', answer.text)  # `go install` builds call themselves git
    assert answer.headers["content-type"] == "application/json;charset=utf-8"


@pytest.mark.parametrize(
    ("method", "path", "agent", "status", "text"),
    [
        ("GET", "/nonsense", "x", 404, "404 page not found\n"),
        ("GET", "/metrics", "x", 404, "404 page not found\n"),
        ("GET", "/nonsense", "Mozilla/5.0", 404, "404 page not found\n"),
        ("PUT", "/proxies", "x", 405, ""),
        ("HEAD", "/proxies", "x", 405, ""),
        ("GET", "/proxies", "Mozilla/5.0", 403, "User agent not allowed\n"),
    ],
)
def test_what_is_no_route(api: httpx.Client, method: str, path: str, agent: str, status: int, text: str) -> None:
    answer = api.request(method, path, headers={"User-Agent": agent})
    assert (answer.status_code, answer.text) == (status, text)
    assert answer.headers.get("content-type") == (TEXT if text else None)


def test_an_occupied_port_is_a_500_that_says_so(api: httpx.Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        answer = api.post("/proxies", json={**PROXY, "listen": listen})
    assert answer.status_code == 500
    assert listen in answer.json()["error"]
    assert "address already in use" in answer.json()["error"].lower()
    assert api.get("/proxies").json() == {}


def test_populate_stops_at_the_first_error_and_tells_what_is_done(api: httpx.Client) -> None:
    answer = api.post("/populate", json=[PROXY, {"name": "q", "upstream": "a:1", "listen": "nonsense"}])
    body = with_ports_masked(answer.text)
    assert (answer.status_code, answer.headers["content-type"]) == (500, JSON)
    assert (body["status"], body["proxies"]) == (500, [shown()])
    answer = api.post("/populate", json=[{"name": "q"}])
    expected = {"error": "missing required field: upstream at proxy 1", "status": 400, "proxies": None}
    assert (answer.status_code, answer.json()) == (400, expected)


def test_populate_leaves_the_same_proxy_alone(api: httpx.Client) -> None:
    made = send(api, CREATE).json()
    send(api, ADD_LATENCY)
    answer = api.post("/populate", json=[{**PROXY, "listen": made["listen"]}])
    assert answer.json()["proxies"] == [{**made, "toxics": [LATENCY]}]


def test_reset_opens_proxies_and_removes_toxics(
    api: httpx.Client, upstream: str, connect: Callable[[str], socket.socket]
) -> None:
    made = api.post("/proxies", json={**PROXY, "upstream": upstream}).json()
    send(api, ADD_LATENCY)
    api.post("/proxies/p", json={"enabled": False})
    with pytest.raises(ConnectionRefusedError):
        connect(made["listen"])
    assert api.post("/reset").status_code == 204
    assert api.get("/proxies/p").json() == {**made, "toxics": []}
    connect(made["listen"]).close()
