import gzip
import socket
import threading
import time

import pytest

from gauntlet import consumer as consumer_module
from gauntlet.consumer import Consumer, http_client
from gauntlet.errors import CheckFailed, NoAnswer
from gauntlet.ledger import Ledger
from tests.gauntlet.wire import answer, reset, serving

TOKEN = "s3cr3t-0paque_T0ken.Value~1"


@pytest.fixture
def ledger():
    return Ledger(time.time())


@pytest.fixture
def http():
    with http_client() as client:
        yield client


@pytest.fixture
def app_of(ledger, http):
    def app(url, token=TOKEN, deadline_s=5.0):
        return Consumer("interactive", "app-1", f"{url}/fhir", lambda: token, lambda: ledger, http, deadline_s)

    return app


def no_answer(app):
    with pytest.raises(NoAnswer) as caught:
        app.read("Patient", "1")
    return caught.value


def test_an_answer_and_its_evidence(app_of, ledger):
    with serving(answer("200 OK", b'{"a":1.50}', "Content-Type: application/fhir+json; charset=UTF-8")) as server:
        got = app_of(server.url).read("Patient", "x")
    assert (got.status, got.media_type, str(got.json()["a"])) == (200, "application/fhir+json", "1.50")
    assert got.sent == f"GET {server.url}/fhir/Patient/x"
    head = server.requests[0].decode()
    assert head.startswith("GET /fhir/Patient/x HTTP/1.1\r\n")
    assert f"Authorization: Bearer {TOKEN}\r\n" in head
    assert "Accept: application/fhir+json\r\n" in head
    told = ledger.consumer[0]
    assert (told.side, told.method, told.status, told.note) == ("consumer", "GET", 200, "")
    assert TOKEN not in str(told)
    assert 0 <= told.started_ms < 60_000


def test_bodies_are_sent_as_they_are(app_of):
    body = b'{"value": 1.50}\n'
    with serving(answer("201 Created")) as server:
        app_of(server.url).create("Observation", body, headers={"Idempotency-Key": '"k"'})
    head, _, sent = server.requests[0].partition(b"\r\n\r\n")
    assert sent == body
    assert b"Content-Type: application/fhir+json" in head
    assert b'Idempotency-Key: "k"' in head


def test_search_parameters_may_repeat(app_of):
    with serving(answer()) as server:
        app_of(server.url).search("Observation", {"date": ["ge2026-01-01", "lt2027-01-01"], "_count": 5, "x": "a b&c"})
        app_of(server.url).search("Observation", [("_id", "1"), ("_id", "2")])
    lines = [request.split(b"\r\n")[0] for request in server.requests]
    assert lines == [
        b"GET /fhir/Observation?date=ge2026-01-01&date=lt2027-01-01&_count=5&x=a+b%26c HTTP/1.1",
        b"GET /fhir/Observation?_id=1&_id=2 HTTP/1.1",
    ]


def test_a_raw_path_is_sent_unchanged(app_of, ledger):
    path = "Patient/..%2f../x/./y//z?a={b}|\\^`"
    with serving(answer()) as server:
        app_of(server.url).send_raw("GET", path)
    assert server.requests[0].split(b"\r\n")[0] == f"GET /fhir/{path} HTTP/1.1".encode()
    assert ledger.consumer[0].url == f"{server.url}/fhir/{path}"


def test_another_token_and_none(app_of):
    with serving(answer()) as server:
        app_of(server.url).with_token("other").read("Patient", "1")
        app_of(server.url).with_token(None).read("Patient", "1")
    assert b"Authorization: Bearer other\r\n" in server.requests[0]
    assert b"authorization" not in server.requests[1].lower()


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"])
def test_redirects_are_not_followed(app_of, status):
    with serving(answer(status, b"", "Location: /elsewhere")) as server:
        assert app_of(server.url).read("Patient", "1").status == int(status[:3])
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", ["500 Oops", "503 Busy", "429 Slow down"])
def test_nothing_is_repeated(app_of, status):
    with serving(answer(status, b"", "Retry-After: 0")) as server:
        assert app_of(server.url).read("Patient", "1").status == int(status[:3])
    assert len(server.requests) == 1


def test_cookies_are_not_kept(app_of):
    with serving(answer("200 OK", b"{}", "Set-Cookie: session=of-another-app; Path=/")) as server:
        app_of(server.url).read("Patient", "1")
        app_of(server.url, token=None).read("Patient", "1")
    assert b"cookie" not in server.requests[1].lower()


def test_proxies_of_the_environment_are_ignored(app_of, ledger, monkeypatch):
    with serving(answer("502 Proxy")) as proxy, serving(answer()) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        with http_client() as client:
            app = Consumer("interactive", "a", server.url, lambda: None, lambda: ledger, client)
            assert app.read("Patient", "1").status == 200
    assert proxy.requests == []


def test_nobody_listens(app_of, ledger):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    failure = no_answer(app_of(url))
    assert failure.reason.startswith(f"no answer to GET {url}/fhir/Patient/1: ConnectError")
    assert (failure.expected, ledger.consumer[0].status) == ("an HTTP answer", None)
    assert "ConnectError" in ledger.consumer[0].note


def test_no_answer_in_time(app_of, ledger):
    with serving(lambda connection, _: server.wait(30)) as server:
        failure = no_answer(app_of(server.url, deadline_s=0.3))
    assert "timed out after" in failure.reason
    assert ledger.consumer[0].duration_ms >= 290


def test_a_dripping_answer_ends_soon_after_its_deadline(app_of):
    def drip(connection, _):
        connection.sendall(answer(body=b"", length=1000))
        for _ in range(1000):
            connection.sendall(b"x")
            server.wait(0.05)

    with serving(drip) as server:
        started = time.monotonic()
        failure = no_answer(app_of(server.url, deadline_s=0.4))
    assert "timed out" in failure.reason
    assert time.monotonic() - started < 10  # far less than the 50 s the whole drip takes


def test_within_replaces_the_deadline(app_of):
    with serving(lambda connection, _: server.wait(30)) as server:
        failure = no_answer(app_of(server.url, deadline_s=30).within(0.2))
    assert "timed out" in failure.reason


BROKEN = {
    "reset before the answer": lambda connection, _: reset(connection),
    "closed before the answer": lambda connection, _: connection.close(),
    "reset within the body": lambda connection, _: (connection.sendall(answer(length=50)), reset(connection)),
    "closed within the body": lambda connection, _: (connection.sendall(answer(length=50)), connection.close()),
    "no HTTP": lambda connection, _: connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    "two lengths": lambda connection, _: connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"
    ),
    "a broken content encoding": lambda connection, _: connection.sendall(
        answer("200 OK", b"this is no gzip", "Content-Encoding: gzip")
    ),
    "a truncated chunk": lambda connection, _: (
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc"),
        connection.close(),
    ),
}


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN)
def test_what_is_no_whole_answer_is_the_gateways_failure(app_of, ledger, script):
    with serving(script) as server:
        failure = no_answer(app_of(server.url))
    assert isinstance(failure, CheckFailed)
    assert ledger.consumer[0].note
    assert ledger.consumer[0].status is None


def test_an_oversized_answer_is_given_up(app_of, monkeypatch):
    monkeypatch.setattr(consumer_module, "MAX_BODY", 100_000)
    endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + (b"8000\r\n" + b"x" * 0x8000 + b"\r\n") * 40
    with serving(endless) as server:
        failure = no_answer(app_of(server.url))
    assert "larger than 100000 bytes" in failure.reason


def test_a_compressed_bomb_is_given_up(app_of, monkeypatch):
    monkeypatch.setattr(consumer_module, "MAX_BODY", 100_000)
    bomb = gzip.compress(b"\x00" * 5_000_000)
    with serving(answer("200 OK", bomb, "Content-Encoding: gzip")) as server:
        assert "larger than" in no_answer(app_of(server.url)).reason


def test_the_connection_is_free_again_after_a_failure(app_of, http):
    with serving(lambda connection, _: server.wait(30)) as server:
        for _ in range(3):
            no_answer(app_of(server.url, deadline_s=0.1))
    with serving(answer()) as server:
        assert app_of(server.url).read("Patient", "1").status == 200


def test_many_requests_at_once(app_of, ledger):
    with serving(answer()) as server:
        app = app_of(server.url)
        threads = [threading.Thread(target=app.read, args=("Patient", str(n))) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(item.status for item in ledger.consumer) == [200] * 20


def test_odd_bytes_are_shown_not_raised(app_of):
    with serving(answer("200 OK", b"\xff\xfe", "Content-Type: text/plain", "X-Name: caf\xe9")) as server:
        got = app_of(server.url).read("Patient", "1")
    assert got.text == "\ufffd\ufffd"
    assert got.headers["x-name"] == "café"
    with pytest.raises(CheckFailed, match="is not JSON"):
        got.json()
