"""Key sets fetched from this machine, over a real socket, and how long they are kept."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from mock_ehr.clients import parse_client
from mock_ehr.key_sets import LONGEST_S, Fetched, KeySets, UnreachableError, fetch_loopback, keep_s
from mock_ehr.message import Answer, Reply, Request
from mock_ehr.server import Listener
from mock_ehr.wire import render
from tests.mock_ehr.conftest import ASSERTION_TYPE


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", LONGEST_S),
        ("public", LONGEST_S),
        ("max-age=0", 0.0),
        ("public, max-age=60", 60.0),
        ("Max-Age=60", 60.0),
        ("max-age=200000", LONGEST_S),
        ("max-age=99999999999999999999", LONGEST_S),
        ("no-store, max-age=60", 0.0),
        ("no-cache", 0.0),
        ("max-age=soon", LONGEST_S),
        ("s-maxage=5", LONGEST_S),
    ],
)
def test_how_long_an_answer_is_kept(header: str, seconds: float) -> None:
    assert keep_s(header) == seconds


class Publisher:
    """Serves one answer under every path."""

    def __init__(self, answer: Answer) -> None:
        self.answer, self.asked = answer, list[str]()

    def handle(self, request: Request) -> Reply | Awaitable[Reply]:
        self.asked.append(request.path)
        return Reply(render(self.answer, b"Date: x\r\n", keep_alive=False), lambda _outcome: None)

    def refuse(self, _status: int, request: Request) -> Reply | Awaitable[Reply]:
        return self.handle(request)


@asynccontextmanager
async def publishing(handler: Publisher) -> Any:
    listener = Listener(handler)
    yield await listener.start("127.0.0.1", 0)
    await listener.stop()


@pytest.fixture
def serve(hold: Callable[[Any], Any]) -> Callable[[Publisher], Any]:
    return lambda handler: hold(publishing(handler))


def jwks(key: Any) -> bytes:
    return json.dumps({"keys": [key.as_dict(private=False)]}).encode()


def test_a_token_with_keys_under_an_address(live: Any, key: Any, serve: Any, desk: Any) -> None:
    publisher = Publisher(Answer(200, jwks(key), "application/json"))
    token_url = f"{live.running.data}/FHIR/oauth2/token"
    with serve(publisher) as address:
        raw = {"jwks_uri": f"{address}/keys", "scopes": ["system/Patient.read"]}
        assert live.control.put("/clients/app", json=raw).status_code == 200
        form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}
        desk.ticker.now = live.running.state.clock.now()
        claims = {"iss": "app", "sub": "app", "aud": token_url}
        for _ in range(2):
            seen = httpx.post(token_url, data=form | {"client_assertion": desk.assertion(claims)}, trust_env=False)
            assert (seen.status_code, seen.json().get("scope")) == (200, "system/Patient.read")
    assert publisher.asked == ["/keys"]


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, b"{}"), (200, b"<html>"), (200, b'{"keys": []}'), (200, b" " * 300_000), (302, b"")],
)
def test_answers_that_are_no_key_set(loop: Any, serve: Any, status: int, body: bytes) -> None:
    publisher = Publisher(Answer(status, body, "application/json", (("Location", "/other"),)))
    with serve(publisher) as address, pytest.raises(UnreachableError, match=r"127\.0\.0\.1"):
        loop.run(KeySets(lambda: 0.0).refresh(address))
    assert publisher.asked == ["/"]


def test_nobody_listens_and_other_machines(loop: Any) -> None:
    for address in (
        "http://127.0.0.1:1/keys",
        "http://keys.test/jwks",
        "https://127.0.0.1:1/keys",
        "file:///etc/passwd",
    ):
        with pytest.raises(UnreachableError):
            loop.run(fetch_loopback(address))


def test_keys_are_kept_and_cleared(loop: Any, key: Any) -> None:
    async def fetch(_address: str) -> Fetched:
        return Fetched(jwks(key), "max-age=10")

    now = [0.0]
    sets = KeySets(lambda: now[0], fetch)
    loop.run(sets.refresh("http://127.0.0.1/a"))
    assert (sets.kept("http://127.0.0.1/a") is None, sets.kept("http://127.0.0.1/b")) == (False, None)
    now[0] = 10.0
    assert sets.kept("http://127.0.0.1/a") is None
    loop.run(sets.refresh("http://127.0.0.1/a"))
    assert sets.fetches == 2
    sets.clear()
    assert (sets.kept("http://127.0.0.1/a"), sets.fetches) == (None, 0)


def test_only_this_machine_can_be_registered() -> None:
    assert parse_client("app", {"jwks_uri": "http://localhost:1/k"}).jku == "http://localhost:1/k"
