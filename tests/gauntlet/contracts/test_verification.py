import contextlib
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from gauntlet import places
from gauntlet.answer import Answer
from gauntlet.contracts import verification
from gauntlet.contracts.interaction import PROVIDER, read_pacts
from gauntlet.contracts.relay import relay
from gauntlet.contracts.states import STATES
from gauntlet.contracts.verification import environment, mismatches, require_pact, verify
from gauntlet.errors import HarnessError, Inconclusive, NoAnswer

DOCS = Path(__file__).resolve().parents[3] / "docs" / "contracts.md"
PACT = {
    "consumer": {"name": "c"},
    "provider": {"name": "gw"},
    "interactions": [
        {"description": "d", "request": {"method": "GET", "path": "/x"}, "response": {"status": 200, "body": {"a": 1}}}
    ],
    "metadata": {"pactSpecification": {"version": "3.0.0"}},
}


@contextlib.contextmanager
def provider(body):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_a_contract_that_holds_and_one_that_does_not():
    with provider(b'{"a": 1, "more": true}') as url:
        assert verify(PACT, url) == []
    with provider(b'{"a": 2}') as url:
        (found,) = verify(PACT, url)
    assert str(found).startswith("$.a: ")


def test_a_provider_that_is_gone_does_not_hold():
    assert verify(PACT, "http://127.0.0.1:9")


def test_nothing_verified_proves_nothing():
    with pytest.raises(Inconclusive, match="looked at 0 interactions"):
        mismatches({"result": True, "interactionResults": []})


def test_an_error_without_details_is_a_mismatch():
    (found,) = mismatches({"result": False, "errors": ["boom"], "interactionResults": [{"result": "Error"}]})
    assert "boom" in str(found)


def test_a_verifier_that_dies_is_our_own_trouble(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(HarnessError, match="left no result"):
        verify(PACT, "http://127.0.0.1:9")


def test_a_verifier_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(verification, "LIMIT_S", 0.01)
    with pytest.raises(Inconclusive, match="did not end within"):
        verify(PACT, "http://127.0.0.1:9")


def test_without_pact_python_nothing_is_judged(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(Inconclusive, match=r"gauntlet-ehr\[contract\]"):
        require_pact()


def test_nothing_leaves_the_machine():
    made = environment({"PATH": "/bin", "HTTP_PROXY": "http://p", "PACT_BROKER_TOKEN": "x"})
    assert made["PACT_DO_NOT_TRACK"] == "true"
    assert made.keys() == {"PATH", "PACT_DO_NOT_TRACK", "NO_PROXY", "PYTHONSAFEPATH"}


class App:
    def __init__(self, answer):
        self.answer, self.sent = answer, []

    def send(self, method, path, *, body, headers):
        self.sent.append((method, path, body, headers))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_the_relay_passes_on_with_the_apps_own_token():
    app = App(Answer("GET x", 201, {"content-type": "a/b", "connection": "close", "etag": "1"}, b"hello", 0.0))
    with relay(app) as relayed:
        headers = {"Authorization": "Bearer example", "Accept": "a/b"}
        answer = httpx.post(f"{relayed.url}/Patient?_id=1", content=b"body", headers=headers)
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (201, b"hello", "1")
    (method, path, body, passed) = app.sent[0]
    assert (method, path, body, passed) == ("POST", "Patient?_id=1", b"body", {"Accept": "a/b"})
    assert relayed.answers == [app.answer]


def test_the_relay_remembers_when_nobody_answered():
    with relay(App(NoAnswer("gone"))) as relayed, pytest.raises(httpx.TransportError):
        httpx.get(f"{relayed.url}/x")
    assert [str(failure) for failure in relayed.failures] == ["gone"]


def test_published_contracts_are_up_to_date(tmp_path):
    from gauntlet.contracts.consumers.publish import publish  # noqa: PLC0415 - an extra

    folder = places.bundled("scenarios") / "pacts"
    names = publish(tmp_path)
    assert names == sorted(file.name for file in folder.glob("*.json"))
    for name in names:
        ours, theirs = (json.loads((place / name).read_bytes()) for place in (folder, tmp_path))
        assert ours["interactions"] == theirs["interactions"], f"{name}: publish the contracts again"


def test_published_contracts_can_all_be_verified():
    found = read_pacts(places.bundled("scenarios") / "pacts", PROVIDER, STATES)
    assert [item.obstacle for item in found] == [""] * len(found)
    assert len({item.consumer for item in found}) == 4
    assert len({item.name for item in found}) == len(found)


def test_every_provider_state_is_documented():
    text = DOCS.read_text(encoding="utf-8")
    assert [state for state in STATES if f"| `{state}` |" not in text] == []
