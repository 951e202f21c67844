"""Requests as raw bytes: what an HTTP client would never send, and connections that are left half-open.

Answers are parsed with httptools; everything is bounded in time and size.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httptools

from gauntlet.errors import NoAnswer
from gauntlet.ledger import Ledger, masked, shortened
from gauntlet.result import Exchange
from gauntlet.tls import tls_context

PATIENCE_S = 5.0
MOST_BYTES = 1_000_000


@dataclass
class Replies:
    """What came back on one connection: the status of each whole answer, and how the connection ended."""

    statuses: list[int] = field(default_factory=list)
    ended: str = "open"  # "closed" or "reset" by the other side, "open" when nothing more came in time
    data: bytes = b""

    def brief(self) -> str:
        """Return what came in one line."""
        return f"{self.statuses or 'no answer'}, connection {self.ended}: {self.data[:200]!r}"


@dataclass(frozen=True)
class RawHttp:
    """Opens raw connections to the gateway; `base_url` is its FHIR base."""

    base_url: str
    ledger: Callable[[], Ledger]
    ca_file: Path | None = None  # authority of its certificate

    @property
    def host(self) -> str:
        """Value of a correct Host header."""
        return urlsplit(self.base_url).netloc

    @property
    def base_path(self) -> str:
        """Path of the FHIR base."""
        return urlsplit(self.base_url).path.rstrip("/")

    @contextlib.contextmanager
    def connection(self) -> Iterator[socket.socket]:
        """Open a connection for the length of the block. Raises NoAnswer when it is refused."""
        parts = urlsplit(self.base_url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            plain = socket.create_connection((parts.hostname or "", port), timeout=PATIENCE_S)
        except OSError as error:
            raise NoAnswer(
                f"no connection to {self.host}: {error}", expected="a connection", actual=str(error)
            ) from None
        if parts.scheme != "https":
            with plain:
                yield plain
            return
        with plain, tls_context(self.ca_file).wrap_socket(plain, server_hostname=parts.hostname) as secured:
            yield secured

    def exchange(self, data: bytes, *, patience_s: float = PATIENCE_S) -> Replies:
        """Send `data` on a connection of its own and return what comes back until it ends or nothing more comes."""
        started, clock = time.time(), time.monotonic()
        with self.connection() as sock:
            with contextlib.suppress(OSError):  # the other side may refuse before it has read everything
                sock.sendall(data)
            replies = received(sock, patience_s)
        self._note(data, replies, started, time.monotonic() - clock)
        return replies

    def _note(self, data: bytes, replies: Replies, started: float, seconds: float) -> None:
        ledger = self.ledger()
        ledger.add(
            Exchange(
                side="consumer",
                started_ms=ledger.at(started),
                duration_ms=seconds * 1000,
                method=data.partition(b" ")[0].decode("latin-1")[:20],
                url=self.base_url,
                status=replies.statuses[0] if replies.statuses else None,
                request_headers={},
                request_body=shortened(masked(data.decode("latin-1"))),
                response_headers={},
                response_body=shortened(replies.data),
                note=f"raw bytes; the connection was then {replies.ended}",
            )
        )


def received(sock: socket.socket, patience_s: float) -> Replies:
    """Return the answers that come on `sock` until it ends or `patience_s` pass without a byte."""
    replies = Replies()
    collector = _Collector(replies.statuses)
    collector.parser = parser = httptools.HttpResponseParser(collector)
    sock.settimeout(patience_s)
    broken = False
    while len(replies.data) < MOST_BYTES:
        try:
            data = sock.recv(65536)
        except (TimeoutError, ssl.SSLWantReadError):
            return replies
        except OSError:
            replies.ended = "reset"
            return replies
        if not data:
            replies.ended = "closed"
            return replies
        replies.data += data
        if not broken:
            try:
                parser.feed_data(data)
            except httptools.HttpParserError:
                broken = True  # what is no HTTP has no status; the bytes are kept for the report
    return replies


class _Collector:
    """Notes the status of each answer when its head is complete."""

    parser: httptools.HttpResponseParser

    def __init__(self, statuses: list[int]) -> None:
        self._statuses = statuses

    def on_headers_complete(self) -> None:
        """Note the status of the answer whose head has just come."""
        self._statuses.append(self.parser.get_status_code())
