"""The wire: order, limits, endings, and bytes that are no HTTP."""

from __future__ import annotations

import contextlib
import random
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mock_ehr.connection import Limits
from mock_ehr.message import Answer, Ending, Reply, Request
from mock_ehr.server import Listener
from mock_ehr.wire import render

POST = b"POST /x HTTP/1.1\r\nHost: x\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
LIMITS = Limits(head=2048, url=500, body=4096, queued=4)


class Echo:
    """Answers with what it was asked; the path says how."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[str, str]] = []

    def handle(self, request: Request) -> Reply | Awaitable[Reply]:
        body = f"{request.method} {request.path} {len(request.body)}".encode()
        data = render(Answer(200, body, "text/plain"), b"", keep_alive=request.keep_alive)

        def done(outcome: str) -> None:
            self.outcomes.append((request.path, outcome))

        if request.path == "/reset":
            return Reply(data[:20], done, Ending.RESET)
        if request.path == "/cut":
            return Reply(data[:-3], done, Ending.CLOSE)
        if request.path == "/hang":
            return Reply(b"", done, Ending.HANG)
        if request.path == "/late":
            return Reply(data, done, delay_s=0.03)
        if request.path == "/async":
            return self._later(Reply(data, done))
        return Reply(data, done)

    async def _later(self, reply: Reply) -> Reply:
        return reply

    def refuse(self, status: int, request: Request) -> Reply:
        answer = Answer(status, request.path.encode(), "text/plain")
        return Reply(render(answer, b"", keep_alive=False), lambda _outcome: None)


class Listening:
    """Starts and stops a listener as a context manager on the loop's thread."""

    def __init__(self, handler: Echo) -> None:
        self.listener = Listener(handler, LIMITS)

    async def __aenter__(self) -> tuple[str, Listener]:
        return await self.listener.start("127.0.0.1", 0), self.listener

    async def __aexit__(self, *_error: object) -> None:
        await self.listener.stop()


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def connect(hold: Callable[[Any], Any], echo: Echo) -> Iterator[Callable[[], Any]]:
    with hold(Listening(echo)) as (url, _listener):
        host, port = url.removeprefix("http://").split(":")

        @contextmanager
        def open_socket() -> Iterator[socket.socket]:
            with socket.create_connection((host, int(port)), timeout=10) as made:
                yield made

        yield open_socket


def read_answer(connection: socket.socket, kept: bytearray) -> tuple[int, bytes]:
    """Read one response, keeping what follows it in `kept`."""
    while b"\r\n\r\n" not in kept:
        more = connection.recv(65536)
        assert more, f"closed after {bytes(kept)!r}"
        kept += more
    head, _, rest = bytes(kept).partition(b"\r\n\r\n")
    length = next(int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length: "))
    while len(rest) < length:
        more = connection.recv(65536)
        assert more, f"closed after {len(rest)} of {length} bytes"
        rest += more
    kept[:] = rest[length:]
    return int(head.split(b" ")[1]), rest[:length]


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while more := connection.recv(65536):
        received += more
    return received


def get(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode()


def test_keeps_the_connection_for_the_next_request(connect: Callable[[], Any]) -> None:
    with connect() as connection:
        kept = bytearray()
        for path in ("/a", "/b"):
            connection.sendall(get(path))
            assert read_answer(connection, kept) == (200, f"GET {path} 0".encode())


def test_answers_pipelined_requests_in_order_however_long_one_takes(connect: Callable[[], Any]) -> None:
    paths = ["/late", "/1", "/async", "/2", "/late", *(f"/{number}" for number in range(3, 40))]
    with connect() as connection:
        connection.sendall(b"".join(get(path) for path in paths))
        kept = bytearray()
        assert [read_answer(connection, kept)[1] for _ in paths] == [f"GET {path} 0".encode() for path in paths]


def test_reads_a_request_that_comes_byte_by_byte(connect: Callable[[], Any]) -> None:
    with connect() as slow, connect() as quick:
        for byte in get("/slow")[:-1]:
            slow.sendall(bytes([byte]))
        quick.sendall(get("/quick"))
        assert read_answer(quick, bytearray()) == (200, b"GET /quick 0")
        slow.sendall(b"\n")
        assert read_answer(slow, bytearray()) == (200, b"GET /slow 0")


def test_reads_chunked_bodies(connect: Callable[[], Any]) -> None:
    with connect() as connection:
        connection.sendall(
            b"POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        )
        assert read_answer(connection, bytearray()) == (200, b"POST /c 5")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        pytest.param(get("/x", "X-Long: " + "a" * 3000), 431, id="long header"),
        pytest.param(b"GET /x HTTP/1.1\r\nX: " + b"a" * 5000, 431, id="header without end"),
        pytest.param(get("/" + "p" * 600), 414, id="long target"),
        pytest.param(POST + b"Content-Length: 5000\r\n\r\n", 413, id="announced body too large"),
        pytest.param(POST + CHUNKED + b"\r\n1388\r\n" + b"a" * 5000, 413, id="chunked body too large"),
        pytest.param(POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400, id="two lengths"),
        pytest.param(POST + b"Content-Length: 3\r\n" + CHUNKED + b"\r\n", 400, id="both framings"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, id="TLS hello"),
        pytest.param(b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 405, id="CONNECT"),
    ],
)  # fmt: skip
def test_refuses_and_closes(connect: Callable[[], Any], request_bytes: bytes, status: int) -> None:
    with connect() as connection:
        connection.sendall(request_bytes)
        assert read_answer(connection, bytearray())[0] == status
        assert connection.recv(1) == b""


def test_answers_what_came_before_the_bad_request(connect: Callable[[], Any]) -> None:
    with connect() as connection:
        connection.sendall(get("/late") + get("/ok") + b"GARBAGE\r\n\r\n" + get("/never"))
        kept = bytearray()
        assert [read_answer(connection, kept)[0] for _ in range(3)] == [200, 200, 400]
        assert connection.recv(1) == b""


def test_many_small_requests_in_one_write_are_no_long_header(connect: Callable[[], Any]) -> None:
    with connect() as connection:
        connection.sendall(b"".join(get(f"/{number}") for number in range(200)))
        kept = bytearray()
        assert [read_answer(connection, kept)[0] for _ in range(200)] == [200] * 200


def test_declines_an_upgrade_and_serves_the_request(connect: Callable[[], Any]) -> None:
    with connect() as connection:
        connection.sendall(get("/up", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AA"))
        kept = bytearray()
        assert read_answer(connection, kept) == (200, b"GET /up 0")
        connection.sendall(get("/next"))
        assert read_answer(connection, kept) == (200, b"GET /next 0")


def test_says_continue_to_a_client_that_waits_for_it(connect: Callable[[], Any]) -> None:
    with connect() as connection:
        connection.sendall(b"POST /p HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"ok")
        assert read_answer(connection, bytearray()) == (200, b"POST /p 2")


@pytest.mark.parametrize("lines", ["GET /x HTTP/1.1\r\nConnection: close\r\n\r\n", "GET /x HTTP/1.0\r\n\r\n"])
def test_closes_when_the_client_wants_it(connect: Callable[[], Any], lines: str) -> None:
    with connect() as connection:
        connection.sendall(lines.encode())
        received = read_all(connection)
    assert b"Connection: close\r\n" in received
    assert received.endswith(b"GET /x 0")


def test_resets_amid_the_answer(connect: Callable[[], Any], echo: Echo, until: Callable[..., Any]) -> None:
    with connect() as connection:
        connection.sendall(get("/reset"))
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while more := connection.recv(65536):
                received += more
            pytest.fail("the connection was closed in an orderly way")
    assert received == b"HTTP/1.1 200 OK\r\nCon"
    assert until(lambda: echo.outcomes) == [("/reset", "dropped")]


def test_closes_before_the_announced_end(connect: Callable[[], Any], echo: Echo) -> None:
    with connect() as connection:
        connection.sendall(get("/cut"))
        received = read_all(connection)
    assert b"Content-Length: 10\r\n" in received
    assert received.endswith(b"\r\n\r\nGET /cu")
    assert echo.outcomes == [("/cut", "dropped")]


@pytest.mark.parametrize("path", ["/hang", "/late"])
def test_notes_a_client_that_did_not_wait(
    connect: Callable[[], Any], echo: Echo, until: Callable[..., Any], path: str
) -> None:
    with connect() as connection:
        connection.sendall(get(path))
        connection.shutdown(socket.SHUT_RDWR)
    assert until(lambda: echo.outcomes) == [(path, "aborted")]


def test_a_reader_that_stops_reading_stalls_nobody(connect: Callable[[], Any]) -> None:
    with connect() as stuck, connect() as other:
        stuck.setblocking(False)
        payload = b"".join(get(f"/{'x' * 400}{number}") for number in range(300))
        for _ in range(200):
            try:
                stuck.send(payload)
            except BlockingIOError:
                break
        other.sendall(get("/other"))
        assert read_answer(other, bytearray()) == (200, b"GET /other 0")


def test_survives_fuzzed_bytes(connect: Callable[[], Any]) -> None:
    draw = random.Random(20260615)
    good = (
        get("/x", "Accept: a/b", "Content-Length: 0") + b"POST /y HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
    )
    for _ in range(150):
        mangled = bytearray(good)
        for _ in range(draw.randint(1, 8)):
            mangled[draw.randrange(len(mangled))] = draw.randrange(256)
        with connect() as connection:
            connection.sendall(mangled[: draw.randint(1, len(mangled))])
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
    with connect() as connection:
        connection.sendall(get("/alive"))
        assert read_answer(connection, bytearray()) == (200, b"GET /alive 0")
