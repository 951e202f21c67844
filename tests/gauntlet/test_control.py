import socket

import pytest

from gauntlet.control import Control
from gauntlet.errors import HarnessError, ProcessLost
from tests.gauntlet.wire import answer, reset, serving


@pytest.fixture
def call():
    opened = []

    def call_at(url, *arguments, **params):
        control = Control("mock EHR", url, "s3cret")
        opened.append(control)
        return control.call(*arguments, **params)

    yield call_at
    for control in opened:
        control.close()


def test_a_call(call):
    with serving(answer("200 OK", b'{"next": 7}')) as server:
        assert call(server.url, "PUT", "/clock", {"offset_s": 3}, since=4) == {"next": 7}
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"PUT /clock?since=4 HTTP/1.1")
    assert b"Authorization: Bearer s3cret" in head
    assert body == b'{"offset_s":3}'


def test_an_answer_without_a_body(call):
    with serving(answer("204 No Content", b"")) as server:
        assert call(server.url, "DELETE", "/faults") is None


@pytest.mark.parametrize("status", ["400 Bad", "401 No", "404 None", "500 Oops"])
def test_a_refusal_is_a_fault_of_ours_and_tells_why(call, status):
    refusal = answer(status, b"unknown behaviour 'stal'; did you mean 'stall'?")
    with serving(refusal) as server, pytest.raises(HarnessError) as caught:
        call(server.url, "POST", "/faults", {})
    assert caught.value.message.startswith(f"the mock EHR refused POST /faults: {status[:3]} unknown behaviour 'stal'")


def test_an_answer_that_is_no_json_is_a_fault_of_ours(call):
    with serving(answer("200 OK", b"<html>")) as server, pytest.raises(HarnessError, match="answered GET /journal"):
        call(server.url, "GET", "/journal")


@pytest.mark.parametrize("script", [lambda c, _: reset(c), lambda c, _: c.close()], ids=["reset", "closed"])
def test_no_answer_means_that_the_process_is_gone(call, script):
    with serving(script) as server, pytest.raises(ProcessLost, match="the mock EHR's control port does not answer"):
        call(server.url, "GET", "/journal")


def test_nobody_listens(call):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(ProcessLost, match="does not answer"):
        call(url, "GET", "/journal")


def test_proxies_of_the_environment_are_ignored(call, monkeypatch):
    with serving(answer("502 Proxy")) as proxy, serving(answer()) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert call(server.url, "GET", "/health") == {}
    assert proxy.requests == []
