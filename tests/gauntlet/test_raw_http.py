import socket
import threading
from contextlib import contextmanager

import pytest

from gauntlet.errors import NoAnswer
from gauntlet.ledger import Ledger
from gauntlet.raw_http import RawHttp

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BAD = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


@contextmanager
def server(answer, *, stay_open=False):
    """Answer one connection with bytes; close it unless it is to stay open."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            sock, _ = listening.accept()
            with sock:
                sock.recv(65536)
                sock.sendall(answer)
                if stay_open:
                    done.wait(10)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/fhir/R4"
        finally:
            done.set()
            thread.join(5)


def raw(url):
    ledger = Ledger(0.0)
    return RawHttp(url, lambda: ledger), ledger


@pytest.mark.parametrize(
    ("answer", "statuses"),
    [
        (OK, [200]),
        (OK + BAD, [200, 400]),
        (b"", []),
        (b"SSH-2.0-nothing\r\n", []),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nHTTP/1.1 500 no head", [200]),
    ],
    ids=["one", "two", "none", "not-http", "a-body-that-looks-like-a-head"],
)
def test_statuses_are_those_of_the_answers(answer, statuses):
    with server(answer) as url:
        replies = raw(url)[0].exchange(b"GET / HTTP/1.1\r\n\r\n", patience_s=5)
    assert (replies.statuses, replies.ended) == (statuses, "closed")


def test_a_connection_that_stays_open_is_told_apart():
    with server(OK, stay_open=True) as url:
        assert raw(url)[0].exchange(b"x", patience_s=0.2).ended == "open"


def test_the_ledger_has_what_was_sent_without_the_token():
    with server(OK) as url:
        sender, ledger = raw(url)
        sender.exchange(b"GET /a HTTP/1.1\r\nAuthorization: Bearer very-secret-token\r\n\r\n", patience_s=5)
    (exchange,) = ledger.consumer
    assert exchange.status == 200
    assert exchange.method == "GET"
    assert "very-secret-token" not in exchange.request_body
    assert "GET /a" in exchange.request_body


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(NoAnswer, match="no connection to"):
        raw(url)[0].exchange(b"x")


def test_host_and_path_are_those_of_the_base():
    sender, _ = raw("http://127.0.0.1:1/fhir/R4/")
    assert (sender.host, sender.base_path) == ("127.0.0.1:1", "/fhir/R4")
