"""A client that sends bytes and keeps what comes back as it came."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

BASE = "/FHIR/api/FHIR/R4/"


@dataclass
class Got:
    """What came back on one connection, and how it ended: closed, reset or silence."""

    data: bytes = b""
    ended: str = ""
    at: list[float] = field(default_factory=list)  # when each piece came, seconds

    @property
    def head(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]

    @property
    def status(self) -> int:
        return int(self.data.split(b" ", 2)[1])

    def headers(self, name: str) -> list[str]:
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        return [line.partition(":")[2].strip() for line in lines if line.lower().startswith(f"{name.lower()}:")]


def request_bytes(live: Any, path: str, method: str = "GET", body: bytes = b"", *lines: str) -> bytes:
    head = [
        f"{method} {BASE}{path} HTTP/1.1",
        "Host: ehr",
        f"Authorization: Bearer {live.token}",
        "Accept: application/fhir+json",
        *lines,
    ]
    if body:
        head += ["Content-Type: application/fhir+json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode() + body


@contextlib.contextmanager
def connection(live: Any, timeout: float = 10.0) -> Iterator[socket.socket]:
    with socket.create_connection((live.host, live.port), timeout=timeout) as made:
        yield made


def receive(sock: socket.socket, silence_s: float = 0.5) -> Got:
    """Read until the end, or until nothing came for `silence_s`."""
    got = Got()
    sock.settimeout(silence_s)
    start = time.monotonic()
    try:
        while more := sock.recv(1 << 20):
            got.data += more
            got.at.append(time.monotonic() - start)
        got.ended = "closed"
    except ConnectionResetError:
        got.ended = "reset"
    except TimeoutError:
        got.ended = "silence"
    return got


def exchange(live: Any, path: str, method: str = "GET", body: bytes = b"", *lines: str) -> Got:
    """Send one request that wants the connection closed, and return all that comes back."""
    try:
        with connection(live) as sock:
            sock.sendall(request_bytes(live, path, method, body, "Connection: close", *lines))
            return receive(sock)
    except ConnectionResetError:  # reset before the request was out, or while the connection was still being made
        return Got(b"", "reset")
