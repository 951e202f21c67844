"""One keep-alive HTTP/1.1 connection on gevent's event loop: callbacks, no greenlet, no blocking call.

Only imported inside the Locust process. Chunked answers, answers that end with the connection, interim (1xx)
answers and answers in pieces are understood, with TLS or without; redirects are answers like any other.
"""

from __future__ import annotations

import errno
import select
import socket as socket_module
from collections.abc import Callable
from typing import Any, Protocol

import httptools
from gevent.monkey import get_original

from gauntlet.load.tls_stream import TlsClient, TlsError, TlsStream

_READ, _WRITE = 1, 2  # gevent's event bits
_CHUNK = 65_536  # more at once makes the allocator ask the kernel for every answer
_poll = get_original("select", "poll")
_socket = get_original("socket", "socket")  # ours never blocks, so gevent's cooperative one only costs time


class Owner(Protocol):
    """Who is told what happens on a connection."""

    def answered(self, connection: Connection, status: int, body: bytes) -> None:
        """A complete answer arrived."""

    def broken(self, connection: Connection, reason: str) -> None:
        """The connection is of no use any more; it is closed already."""

    def crashed(self, error: Exception) -> None:
        """Our own code failed."""


class Connection:
    """A connection that carries one request at a time. `usable` tells whether it can carry another one."""

    __slots__ = (
        "_body", "_done", "_head", "_headed", "_keep", "_out", "_owner", "_parser", "_reader", "_seen",
        "_socket", "_status", "_stirs", "_tls", "_writer", "busy", "carrying", "usable",
    )  # fmt: skip

    def __init__(self, loop: Any, owner: Owner, family: int, address: Any, tls: TlsClient | None = None) -> None:
        """Begin to connect. Raises OSError when the system gives no socket."""
        self._owner = owner
        self._tls = tls.stream() if tls is not None else None
        self._socket = _socket(family, socket_module.SOCK_STREAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket_module.IPPROTO_TCP, socket_module.TCP_NODELAY, 1)
        self.busy, self.usable = False, True
        self.carrying: Any = None  # what the owner wants to remember about the request under way
        self._out = b""
        self._begin()
        self._parser = httptools.HttpResponseParser(self)
        self._stirs = _poll()  # asking it costs a fifth of a look that ends in an exception
        self._stirs.register(self._socket.fileno(), select.POLLIN)
        self._reader = loop.io(self._socket.fileno(), _READ)
        self._writer = loop.io(self._socket.fileno(), _WRITE)
        code = self._socket.connect_ex(address)
        if code not in (0, errno.EINPROGRESS):
            loop.run_callback(self._guarded, self._fail, _reason(code))
            return
        self._writer.start(self._guarded, self._connected)

    def send(self, request: bytes, carrying: Any) -> None:
        """Send `request`; the owner hears of its answer or of its failure, never of both."""
        self.busy, self.carrying = True, carrying
        self._begin()
        try:
            self._pass(request if self._tls is None else self._tls.encrypted(request))
        except TlsError as error:
            self._fail(str(error))

    def alive(self) -> bool:
        """Whether the idle connection is still open and silent, as it must be between requests."""
        return not self._stirs.poll(0)

    def close(self) -> None:
        """Close at once; the owner hears nothing more."""
        if not self.usable and self._socket.fileno() < 0:
            return
        self.usable = False
        for watcher in (self._reader, self._writer):
            watcher.stop()
            watcher.close()
        self._socket.close()

    def _begin(self) -> None:
        self._seen = False  # a byte of the answer arrived
        self._done = False  # all of it arrived
        self._status = 0
        self._keep = False
        self._expect_message()

    def _expect_message(self) -> None:
        self._body: list[bytes] = []
        self._headed = False
        self._head = b""  # what arrived up to the end of the headers

    def _guarded(self, step: Callable[..., None], *arguments: Any) -> None:
        """Run an event loop callback: an error in it is ours, and the arrival must not be lost with it."""
        try:
            step(*arguments)
        except Exception as error:  # noqa: BLE001 - the loop would print it and go on
            self._owner.crashed(error)

    def _connected(self) -> None:
        self._writer.stop()
        code = self._socket.getsockopt(socket_module.SOL_SOCKET, socket_module.SO_ERROR)
        if code:
            self._fail(_reason(code))
            return
        self._reader.start(self._guarded, self._readable)
        if self._tls is not None:
            self._out = self._tls.begin()  # requests wait in it until the handshake is done
        self._flush()

    def _pass(self, data: bytes) -> None:
        """Send `data` behind what is not sent yet."""
        self._out += data
        if not self._writer.active:
            self._flush()

    def _flush(self) -> None:
        try:
            sent = self._socket.send(self._out) if self._out else 0
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._fail(_reason(error.errno))
            return
        if sent == len(self._out):
            self._out = b""
            if self._writer.active:
                self._writer.stop()
            return
        self._out = self._out[sent:]
        if not self._writer.active:
            self._writer.start(self._guarded, self._flush)

    def _readable(self) -> None:
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            self._fail(_reason(error.errno))
            return
        plain, over = (data, not data) if self._tls is None else self._secured(self._tls, data)
        if over:
            self.usable = False
        if plain:
            self._arrived(plain)
        if over and self._socket.fileno() >= 0:
            self._ended()

    def _secured(self, tls: TlsStream, data: bytes) -> tuple[bytes, bool]:
        """Return the plain text of what arrived, and whether nothing more will come; answer what TLS wants answered."""
        if not data:
            return b"", True
        try:
            plain, reply = tls.decrypted(data)
        except TlsError as error:
            self._fail(str(error))
            return b"", False
        if reply:
            self._pass(reply)
        return (plain, tls.ended) if self._socket.fileno() >= 0 else (b"", False)

    def _arrived(self, data: bytes) -> None:
        if not self.busy:
            self._fail("data without a request")
            return
        self._seen = True
        if not self._headed:
            self._head += data
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if not self._done:
                self._fail("the answer is not HTTP/1.1")
                return
            self.usable = False
        if self._done:
            self._finish(keep=self.usable and self._keep)

    def _ended(self) -> None:
        whole = self._tls is None or self._tls.ended  # under TLS, an end that it does not announce may be a cut
        if self.busy and self._headed and _ends_with_close(self._head) and whole:
            self._status = self._parser.get_status_code()
            self._finish(keep=False)
        elif self._tls is not None and not self._tls.secured:
            self._fail("connection closed in the TLS handshake")
        else:
            self._fail(
                "connection closed in the middle of the answer" if self._seen else "connection closed unanswered"
            )

    def _finish(self, *, keep: bool) -> None:
        body = b"".join(self._body)
        self.busy = False
        if self._tls is not None:
            self._tls.keep_session()
        if not keep:
            self.close()
        self._owner.answered(self, self._status, body)

    def _fail(self, reason: str) -> None:
        self.close()
        self._owner.broken(self, reason)

    # what the parser calls

    def on_message_begin(self) -> None:
        """Start of a message; a second one for a single request makes the connection unusable."""
        if self._done:
            self.usable = False

    def on_headers_complete(self) -> None:
        """Remember that status and headers are known."""
        self._headed = True

    def on_body(self, data: bytes) -> None:
        """Collect a piece of the body."""
        if not self._done:
            self._body.append(data)

    def on_message_complete(self) -> None:
        """End of a message; interim answers (100 to 199) are not the answer."""
        status = self._parser.get_status_code()
        if 100 <= status < 200:
            self._expect_message()
        elif not self._done:
            self._done, self._status = True, status
            self._keep = self._parser.should_keep_alive()  # the parser forgets it afterwards


def _ends_with_close(head: bytes) -> bool:
    """Return whether the last of the answers in `head` has no length: looked for only when a connection has ended."""
    *before, last = head.split(b"\r\n\r\n")
    fields = [part.lower() for part in (*before, last) if part.startswith(b"HTTP/1.") and part[9:10] != b"1"]
    return bool(fields) and not any(name in fields[0] for name in (b"\r\ncontent-length:", b"\r\ntransfer-encoding:"))


def _reason(code: int | None) -> str:
    words = {
        errno.ECONNREFUSED: "connection refused",
        errno.ECONNRESET: "connection reset",
        errno.EPIPE: "connection reset",
        errno.ETIMEDOUT: "connection timed out",
    }
    return words.get(code or 0, f"network error {errno.errorcode.get(code or 0, code)}")
