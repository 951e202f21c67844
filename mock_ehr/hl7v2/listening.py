"""The MLLP listener: any number of connections, each answered message after message."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from typing import cast

from mock_ehr.hl7v2.framing import FrameError, Framer, framed
from mock_ehr.hl7v2.inbox import Answer, Inbox

LOG = logging.getLogger("mock_ehr.hl7v2")
MOST_CONNECTIONS = 256
MOST_UNREAD = 1 << 20  # bytes of acknowledgements that a peer may leave unread
MOST_WAITING = 1000  # acknowledgements of one connection that are late on purpose
RESET_LINGER = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: close sends RST instead of FIN


class Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, inbox: Inbox, registry: set[Line]) -> None:
        self._inbox = inbox
        self._registry = registry
        self._framer = Framer()
        self._transport = cast(asyncio.Transport, None)
        self._late: dict[int, tuple[asyncio.TimerHandle, Answer]] = {}
        self._number = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport; too many connections are closed (asyncio.Protocol)."""
        self._transport = cast(asyncio.Transport, transport)
        self._registry.add(self)
        if len(self._registry) > MOST_CONNECTIONS:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Answer the messages that are whole (asyncio.Protocol)."""
        try:
            messages = self._framer.feed(data)
        except FrameError:
            self._transport.close()
            return
        for message in messages:
            if self._transport.is_closing():
                return
            try:
                self._answer(self._inbox.take(message))
            except Exception:
                LOG.exception("the interface failed at a message of %d bytes", len(message))
                self._transport.abort()

    def _answer(self, answer: Answer) -> None:
        if answer.reset:
            self._inbox.settled(answer, "dropped")
            self._reset()
        elif not answer.data:
            self._inbox.settled(answer, "dropped")
        elif answer.delay_s and len(self._late) < MOST_WAITING:
            self._number += 1
            timer = asyncio.get_running_loop().call_later(answer.delay_s, self._send_late, self._number)
            self._late[self._number] = (timer, answer)
        else:
            self._send(answer)

    def _send_late(self, number: int) -> None:
        _, answer = self._late.pop(number)
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        self._transport.write(framed(answer.data))
        self._inbox.settled(answer, "answered")
        if self._transport.get_write_buffer_size() > MOST_UNREAD:
            self._transport.abort()

    def _reset(self) -> None:
        sock = self._transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_LINGER)
        self._transport.abort()

    def connection_lost(self, _error: Exception | None) -> None:
        """Settle what was to be answered later (asyncio.Protocol)."""
        self._registry.discard(self)
        for timer, answer in self._late.values():
            timer.cancel()
            self._inbox.settled(answer, "aborted")
        self._late.clear()

    def abandon(self) -> None:
        """Close at once."""
        self._transport.abort()


class MllpListener:
    """One listening socket and its connections."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._lines: set[Line] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> str:
        """Listen and return the address as host:port; port 0 takes a free one. Raises OSError when occupied."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Line(self._inbox, self._lines), host, port, backlog=256)
        bound_host, bound_port = self._server.sockets[0].getsockname()[:2]
        return f"{bound_host}:{bound_port}"

    async def stop(self) -> None:
        """Stop listening and abandon every connection; returns when all of them are gone."""
        if self._server is None:
            return
        self._server.close()
        for line in list(self._lines):
            line.abandon()
        # each abandoned connection reports its end in one of the next turns of the loop
        while self._lines:  # noqa: ASYNC110 - see above
            await asyncio.sleep(0)
        await self._server.wait_closed()
        self._server = None
