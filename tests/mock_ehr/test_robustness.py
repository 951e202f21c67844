"""A whole mock EHR as a process of its own against clients that mean no good: it answers others, and stays small."""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

MANY = 10_000
SPARE = 200
GET = b"GET /FHIR/api/FHIR/R4/metadata HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\r\n"
POST = b"POST /FHIR/api/FHIR/R4/AllergyIntolerance HTTP/1.1\r\nHost: x\r\n"
QUICK = ["--limit", "head_s=0.6", "--limit", "body_s=0.6", "--limit", "unread_s=0.6", "--limit", "idle_s=300"]


@dataclass
class Server:
    """The process and where it listens."""

    process: subprocess.Popen[str]
    address: tuple[str, int]

    def connect(self, timeout: float = 20.0) -> socket.socket:
        return socket.create_connection(self.address, timeout=timeout)

    def rss_kb(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(status.split("VmRSS:")[1].split()[0])

    def answers(self) -> float:
        """Ask something on a new connection and return how long that took."""
        start = time.monotonic()
        with self.connect() as sock:
            sock.sendall(GET)
            assert sock.recv(65536).startswith(b"HTTP/1.1 200 ")
        return time.monotonic() - start


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    process = subprocess.Popen(
        [sys.executable, "-m", "mock_ehr", "--patients", "20", *QUICK],
        env={**os.environ, "GAUNTLET_CONTROL_SECRET": "s"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    host, port = json.loads(process.stdout.readline())["data"].removeprefix("http://").split(":")
    made = Server(process, (host, int(port)))
    made.answers()
    yield made
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 0


@pytest.fixture
def many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY + SPARE
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"needs {wanted} open files; the hard limit is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_ten_thousand_connections_that_say_nothing(many_files: None, server: Server) -> None:
    before = server.rss_kb()
    with contextlib.ExitStack() as stack:
        for _ in range(MANY):
            stack.enter_context(server.connect())
        assert server.answers() < 5
        per_connection = (server.rss_kb() - before) / MANY
        assert per_connection < 12, f"{per_connection:.1f} kB for each connection"
    assert server.answers() < 5


def send_all_of(sock: socket.socket, size: int) -> int:
    """Send rubbish until the server has enough; return how much went out."""
    sent, piece = 0, b"x" * (1 << 20)
    with contextlib.suppress(ConnectionError):
        while sent < size:
            sent += sock.send(piece)
    return sent


@pytest.mark.parametrize(
    "framing",
    [b"Content-Length: 104857600\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n6400000\r\n"],
    ids=["announced", "chunked"],
)
def test_a_body_of_100_mb_is_refused_early_in_bounded_memory(server: Server, framing: bytes) -> None:
    before = server.rss_kb()
    with server.connect() as sock:
        sock.sendall(POST + framing)
        sender = threading.Thread(target=send_all_of, args=(sock, 100 << 20), daemon=True)
        sender.start()
        assert sock.recv(65536).startswith(b"HTTP/1.1 413 ")
        assert server.answers() < 5
        sender.join(20)
    assert server.rss_kb() - before < 40_000


def until_closed(sock: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionError):
        while more := sock.recv(65536):
            received += more
    return received


@pytest.mark.parametrize(
    "start",
    [b"GET /x HTTP/1.1\r\nHost: x\r\nX-Slow: ", POST + b"Content-Length: 1000\r\n\r\n{"],
    ids=["headers", "body"],
)
def test_requests_that_trickle_in_are_given_up(server: Server, start: bytes) -> None:
    slow = [server.connect() for _ in range(50)]
    stop = threading.Event()

    def trickle() -> None:
        while not stop.wait(0.05):
            for sock in slow:
                with contextlib.suppress(OSError):
                    sock.send(b"a")

    for sock in slow:
        sock.sendall(start)
    sender = threading.Thread(target=trickle)
    sender.start()
    try:
        assert server.answers() < 5
        seen = [until_closed(sock) for sock in slow]
    finally:
        stop.set()
        sender.join()
        for sock in slow:
            sock.close()
    assert all(data.startswith(b"HTTP/1.1 408 ") for data in seen)


def test_a_client_that_reads_nothing_is_let_go(server: Server) -> None:
    with server.connect() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        deadline = time.monotonic() + 20
        gone = False
        while not gone and time.monotonic() < deadline:
            try:
                sock.send(GET * 100)
            except BlockingIOError:
                threading.Event().wait(0.02)
            except ConnectionError:
                gone = True
        assert gone
    assert server.answers() < 5


def test_abrupt_ends_disturb_nobody(server: Server) -> None:
    draw = random.Random(4)
    for number in range(300):
        with server.connect() as sock:
            sock.sendall((GET * 3)[: draw.randrange(1, len(GET) * 3)])
            if number % 3 == 0:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif number % 3 == 1:
                sock.shutdown(socket.SHUT_WR)
                until_closed(sock)
    assert server.answers() < 5


def mangled(good: bytes, draw: random.Random) -> bytes:
    """Cut, repeat, swap and overwrite bytes of a request."""
    data = bytearray(good)
    for _ in range(draw.randint(1, 6)):
        place, length = draw.randrange(len(data)), draw.randint(1, 20)
        change = draw.randrange(4)
        if change == 0:
            data[place : place + length] = draw.randbytes(length)
        elif change == 1:
            del data[place : place + length]
        elif change == 2:
            data[place:place] = data[place : place + length] * draw.randint(1, 200)
        else:
            data[place:place] = draw.choice(
                [
                    b"\r\n",
                    b"\n",
                    b"\x00",
                    b"\xff\xfe",
                    b": ",
                    b"Content-Length: 3\r\n",
                    b"%ff",
                    b"Transfer-Encoding: chunked\r\n",
                ]
            )
        data = data or bytearray(b"\r\n")
    return bytes(data)


def test_fuzzed_requests_are_answered_or_refused_and_nothing_else(server: Server) -> None:
    seeds = [
        GET,
        (b"GET /FHIR/api/FHIR/R4/Observation?patient=x&date=ge2020&_count=5 HTTP/1.1\r\nHost: x\r\n"
        b"Authorization: Bearer abc\r\nAccept: */*\r\n\r\n"),
        POST + b'Content-Type: application/json\r\nContent-Length: 30\r\n\r\n{"resourceType":"Observation"}',
        (b"POST /FHIR/oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: 29\r\n\r\ngrant_type=client_credentials"),
        POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n2\r\n1}\r\n0\r\n\r\n",
    ]  # fmt: skip
    draw = random.Random(20260615)
    for _ in range(250):
        with server.connect() as sock:
            sock.sendall(mangled(draw.choice(seeds), draw))
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_WR)
            answer = until_closed(sock)
        if answer:
            status = int(answer[9:12])
            assert answer.startswith(b"HTTP/1.1 ")
            assert status in range(200, 512), answer[:100]
            assert status != 500, answer[:300]
    assert server.answers() < 5


def test_limits_are_checked_at_the_start() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "mock_ehr", "--limit", "bodi=5"],
        env={**os.environ, "GAUNTLET_CONTROL_SECRET": "s"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 2
    assert "unknown limit 'bodi' (did you mean body?); valid: head" in made.stderr
