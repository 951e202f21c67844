"""One HTTP/1.1 connection: parsing, limits, pipelining in order, and how a reply reaches the wire, or not."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol, cast

import httptools

from mock_ehr.message import Ending, Reply, Request

RESET_LINGER = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: close sends RST instead of FIN
FLUSH_S = 0.01  # time for bytes to leave before a reset follows them
FLUSH_BYTES = 256 * 1024  # answers that wait for one write together
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes that a request may have, and how many pipelined requests wait before reading pauses."""

    head: int = 32 * 1024
    url: int = 8 * 1024
    body: int = 4 * 1024 * 1024
    queued: int = 64


class Handler(Protocol):
    """What answers requests. Neither method raises."""

    def handle(self, request: Request) -> Reply | Awaitable[Reply]:
        """Answer a whole request."""

    def refuse(self, status: int, request: Request) -> Reply:
        """Answer what is no acceptable request: 400, 405, 413, 414, 431. The connection closes afterwards."""


class Connection(asyncio.Protocol):
    """State of one connection. Requests are answered strictly in the order they came."""

    def __init__(self, handler: Handler, limits: Limits, registry: set[Connection]) -> None:
        self._handler = handler
        self._limits = limits
        self._registry = registry
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._parser = httptools.HttpRequestParser(self)
        self._queue: deque[tuple[int, Request]] = deque()  # (0, request) or (refusal status, partial request)
        self._busy: Reply | None = None  # a reply that waits, hangs or is about to be cut
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deaf = False  # reads no more: something was refused or the connection ends
        self._write_paused = False
        self._read_paused = False
        self._out: list[bytes] = []
        self._out_bytes = 0
        self._begin_message()

    # -- reading --

    def _begin_message(self) -> None:
        self._in_head = True
        self._head_bytes = 0
        self._refusal = 0
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._body_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport (asyncio.Protocol)."""
        self._transport = cast(asyncio.Transport, transport)
        self._registry.add(self)

    def data_received(self, data: bytes) -> None:
        """Parse what arrived and answer what is complete (asyncio.Protocol)."""
        if self._deaf:
            return
        if self._in_head:
            self._head_bytes += len(data)
        self._feed(data)
        if self._in_head and self._head_bytes > self._limits.head and not self._deaf:
            self._refuse(431)
        self._advance()

    def _feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # h2c offers are declined by going on in HTTP/1.1; what follows is the next request
            rest = data[upgrade.args[0] :]
            if rest and not self._deaf:
                self._feed(rest)
        except httptools.HttpParserError:
            if not self._deaf:
                self._refuse(self._refusal or 400)

    def _refuse(self, status: int) -> None:
        path, _, query = self._url.decode("latin-1").partition("?")
        self._queue.append((status, Request(self._method(), path, query, self._headers, keep_alive=False)))
        self._deaf = True

    def _method(self) -> str:
        return self._parser.get_method().decode("latin-1")

    def _stop_parsing(self, status: int) -> None:
        self._refusal = status
        raise ValueError(status)  # httptools turns it into HttpParserCallbackError, which `_feed` answers

    def on_message_begin(self) -> None:
        """Start a request (httptools)."""
        seen = self._head_bytes
        self._begin_message()
        self._head_bytes = seen

    def on_url(self, url: bytes) -> None:
        """Collect the request target (httptools)."""
        self._url += url
        if len(self._url) > self._limits.url:
            self._stop_parsing(414)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect a header (httptools)."""
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        known = self._headers.get(key)
        self._headers[key] = text if known is None else f"{known}, {text}"

    def on_headers_complete(self) -> None:
        """Check the head against the limits (httptools)."""
        self._in_head = False
        self._head_bytes = 0
        if sum(len(name) + len(value) + 4 for name, value in self._headers.items()) > self._limits.head:
            self._stop_parsing(431)
        length = self._headers.get("content-length")
        if length is not None and int(length) > self._limits.body:
            self._stop_parsing(413)
        if "expect" in self._headers and self._headers["expect"].lower() == "100-continue" and self._idle():
            self._transport.write(CONTINUE)

    def _idle(self) -> bool:
        return self._busy is None and self._task is None and not self._queue

    def on_body(self, body: bytes) -> None:
        """Collect the body (httptools)."""
        self._body_bytes += len(body)
        if self._body_bytes > self._limits.body:
            self._stop_parsing(413)
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Queue the request that is now whole (httptools)."""
        method = self._method()
        path, _, query = self._url.decode("latin-1").partition("?")
        keep_alive = self._parser.should_keep_alive() or self._parser.should_upgrade()
        request = Request(method, path, query, self._headers, b"".join(self._body), keep_alive)
        self._in_head = True
        if method == "CONNECT":
            self._queue.append((405, request))
            self._deaf = True
            return
        self._queue.append((0, request))
        if not keep_alive:
            self._deaf = True
        elif len(self._queue) > self._limits.queued:
            self._read_paused = True
            self._transport.pause_reading()

    # -- answering --

    def _advance(self) -> None:
        while self._queue and self._busy is None and self._task is None and not self._write_paused:
            status, request = self._queue.popleft()
            if status:
                self._send(self._handler.refuse(status, request), keep_alive=False)
                continue
            outcome = self._handler.handle(request)
            if isinstance(outcome, Reply):
                self._perform(outcome, keep_alive=request.keep_alive)
            else:
                self._task = asyncio.ensure_future(self._await(outcome, request.keep_alive))
        self._flush()
        if self._read_paused and not self._queue and not self._transport.is_closing():
            self._read_paused = False
            self._transport.resume_reading()

    async def _await(self, outcome: Awaitable[Reply], keep_alive: bool) -> None:
        try:
            reply = await outcome
        finally:
            self._task = None
        self._perform(reply, keep_alive=keep_alive)
        self._advance()

    def _perform(self, reply: Reply, *, keep_alive: bool) -> None:
        if reply.delay_s > 0:
            self._busy = reply
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(reply.delay_s, self._after_delay, reply, keep_alive)
        else:
            self._send(reply, keep_alive=keep_alive)

    def _after_delay(self, reply: Reply, keep_alive: bool) -> None:
        self._timer = None
        self._busy = None
        self._send(reply, keep_alive=keep_alive)
        self._advance()

    def _send(self, reply: Reply, *, keep_alive: bool) -> None:
        if reply.ending is Ending.HANG:
            self._busy = reply
            return
        if self._transport.is_closing():
            reply.done("aborted")
            return
        if reply.data:
            self._out.append(reply.data)
            self._out_bytes += len(reply.data)
            if self._out_bytes > FLUSH_BYTES:
                self._flush()
        if reply.ending is Ending.KEEP:
            reply.done("answered")
            if not keep_alive:
                self._end()
        elif reply.ending is Ending.CLOSE:
            reply.done("dropped")
            self._end()
        else:
            self._deaf = True
            self._busy = reply
            self._flush()
            self._timer = asyncio.get_running_loop().call_later(FLUSH_S if reply.data else 0.0, self._reset)

    def _flush(self) -> None:
        """Write the answers that are ready; those to pipelined requests leave together."""
        if self._out:
            self._transport.write(b"".join(self._out))
            self._out.clear()
            self._out_bytes = 0

    def _end(self) -> None:
        self._deaf = True
        self._flush()
        self._queue.clear()
        self._transport.close()

    def _reset(self) -> None:
        self._timer = None
        reply, self._busy = self._busy, None
        sock = self._transport.get_extra_info("socket")
        if sock is not None and not self._transport.is_closing():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_LINGER)
        if reply is not None:
            reply.done("dropped")
        self._queue.clear()
        self._transport.abort()

    # -- flow and end --

    def pause_writing(self) -> None:
        """Answer nothing more until a slow reader caught up (asyncio.Protocol)."""
        self._write_paused = True

    def resume_writing(self) -> None:
        """Go on answering (asyncio.Protocol)."""
        self._write_paused = False
        self._advance()

    def eof_received(self) -> bool:
        """Close when the client did (asyncio.Protocol)."""
        return False

    def connection_lost(self, _error: Exception | None) -> None:
        """Settle what was not answered (asyncio.Protocol)."""
        self._deaf = True
        self._registry.discard(self)
        self._queue.clear()
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
        if self._busy is not None:
            reply, self._busy = self._busy, None
            reply.done("aborted")

    def abandon(self) -> None:
        """Close at once, without flushing."""
        self._deaf = True
        self._transport.abort()
