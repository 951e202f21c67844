"""An upstream to proxy, and network servers: the built-in one always, the real one where it is on PATH."""

from __future__ import annotations

import json
import os
import shutil
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from gauntlet.network.launch import HOW_TO_GET, REAL_SERVER

ANSWER_BYTES = 20_000


class Answering(socketserver.BaseRequestHandler):
    """Answers GET with 20 kB and keeps the connection; echoes what is no GET; closes when told to."""

    def handle(self) -> None:
        try:
            while data := self.request.recv(65536):
                if data.startswith(b"GET"):
                    while b"\r\n\r\n" not in data:
                        if not (more := self.request.recv(65536)):
                            return  # a fault cut the request: reading on would never end
                        data += more
                    head = f"HTTP/1.1 200 OK\r\nContent-Length: {ANSWER_BYTES}\r\n\r\n"
                    self.request.sendall(head.encode() + b"x" * ANSWER_BYTES)
                elif data == b"close":
                    return
                else:
                    self.request.sendall(data)
        except OSError:
            return  # the network broke the connection, as it was told to


class Upstream(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


@pytest.fixture(scope="session")
def upstream() -> Iterator[str]:
    with Upstream(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server.address
        server.shutdown()
        thread.join()


@contextmanager
def built_in_server(*options: str) -> Iterator[str]:
    command = [sys.executable, "-m", "gauntlet.network.server", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield json.loads(process.stdout.readline())["data"]
        finally:
            process.terminate()


@contextmanager
def real_server() -> Iterator[str]:
    binary = shutil.which(REAL_SERVER)
    if binary is None:
        pytest.skip(f"needs the real {REAL_SERVER}: {HOW_TO_GET}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [binary, "-host", "127.0.0.1", "-port", str(port)]
    url = f"http://127.0.0.1:{port}"
    quiet = {**os.environ, "LOG_LEVEL": "error"}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=quiet) as process:
        try:
            wait_until(lambda: answers(url))
            yield url
        finally:
            process.terminate()


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/version", trust_env=False, timeout=60).status_code == 200
    except httpx.TransportError:
        return False


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.01)


@pytest.fixture(scope="session", name="wait_until")
def wait_until_fixture() -> Callable[..., None]:
    return wait_until


@pytest.fixture(scope="session", params=["built-in", pytest.param("real", marks=pytest.mark.toxiproxy)])
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of each network server in turn."""
    with built_in_server() if request.param == "built-in" else real_server() as url:
        yield url


@pytest.fixture(scope="session")
def built_in() -> Iterator[str]:
    with built_in_server() as url:
        yield url


@pytest.fixture(scope="session")
def client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture
def api(client: httpx.Client) -> Iterator[httpx.Client]:
    """A plain HTTP client of the server's API; everything is deleted afterwards."""
    yield client
    for name in client.get("/proxies").json():
        client.delete(f"/proxies/{name}")


@pytest.fixture
def connect() -> Iterator[Callable[[str], socket.socket]]:
    """Open a TCP connection with a time-out; all are closed afterwards."""
    opened: list[socket.socket] = []

    def connection(address: str) -> socket.socket:
        host, _, port = address.rpartition(":")
        opened.append(socket.create_connection((host, int(port)), timeout=10))
        return opened[-1]

    yield connection
    for each in opened:
        each.close()
