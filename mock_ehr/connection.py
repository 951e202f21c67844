"""One HTTP/1.1 connection: requests answered in the order they came, and how a reply reaches the wire, or not."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable
from typing import cast

from mock_ehr.facts import ClientCertificate
from mock_ehr.handler import Handler
from mock_ehr.limits import Limits
from mock_ehr.message import Ending, Reply
from mock_ehr.reading import RequestReader
from mock_ehr.standing import Lanes

__all__ = ["Connection", "Handler", "Limits"]

RESET_LINGER = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: close sends RST instead of FIN
FLUSH_S = 0.01  # time for bytes to leave before a reset follows them
FLUSH_BYTES = 256 * 1024  # answers that wait for one write together
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(asyncio.Protocol):
    """State of one connection."""

    __slots__ = (
        "_busy", "_ending", "_handler", "_limits", "_out", "_out_bytes", "_read_paused", "_reader", "_registry",
        "_seen", "_seen_at", "_task", "_timer", "_transport", "_write_paused",
    )  # fmt: skip

    def __init__(
        self,
        handler: Handler,
        limits: Limits,
        registry: set[Connection],
        certificate: ClientCertificate | None = None,
        lanes: Lanes | None = None,
    ) -> None:
        self._handler = handler
        self._limits = limits
        self._registry = registry
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._reader = RequestReader(limits, certificate, self._say_continue, lanes)
        self._busy: Reply | None = None  # a reply that waits, hangs, drips or is about to be cut
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ending = False
        self._write_paused = False
        self._read_paused = False
        self._out: list[bytes] = []
        self._out_bytes = 0
        self._seen: tuple[str, int] = ("", 0)
        self._seen_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport (asyncio.Protocol)."""
        self._transport = cast(asyncio.Transport, transport)
        self._registry.add(self)

    # -- reading --

    def data_received(self, data: bytes) -> None:
        """Parse what arrived and answer what is complete (asyncio.Protocol)."""
        reader = self._reader
        if reader.deaf:
            return
        if self._busy is None and self._task is None and not (reader.ready or self._out or self._write_paused):
            answer = reader.again(data)
            if answer is not None:
                self._write_again(answer)
                return
        reader.feed(data)
        if reader.ready:
            self._advance()
            if len(reader.ready) > self._limits.queued and not self._read_paused and not self._transport.is_closing():
                self._read_paused = True
                self._transport.pause_reading()

    def _say_continue(self) -> None:
        if self._busy is None and self._task is None and not self._reader.ready:
            self._transport.write(CONTINUE)

    # -- answering --

    def _advance(self) -> None:
        ready = self._reader.ready
        while ready and self._busy is None and self._task is None and not self._write_paused:
            status, request = ready.pop(0)
            if status:
                self._refuse(self._handler.refuse(status, request))
                break
            outcome = self._handler.handle(request)
            if type(outcome) is bytes:
                self._write_now(outcome, keep_alive=request.keep_alive)
            elif isinstance(outcome, Reply):
                self._perform(outcome, keep_alive=request.keep_alive)
            else:
                self._task = asyncio.ensure_future(self._await(cast(Awaitable[Reply], outcome), request.keep_alive))
        if self._out:
            self._flush()
        if self._read_paused and not ready and not self._transport.is_closing():
            self._read_paused = False
            self._transport.resume_reading()

    def _write_now(self, answer: bytes, *, keep_alive: bool) -> None:
        if keep_alive and not self._out and not self._reader.ready:
            self._transport.write(answer)
            return
        self._write(answer)
        if not keep_alive:
            self._end()

    def _write_again(self, answer: bytes | tuple[bytes, bytes]) -> None:
        if isinstance(answer, bytes):
            self._transport.write(answer)
        else:
            self._transport.writelines(answer)

    def _refuse(self, reply: Reply) -> None:
        """Send a refusal and read on for a while without looking, or the client's kernel throws the answer away."""
        self._write(reply.data)
        self._flush()
        reply.done("answered")
        self._reader.ready.clear()
        if self._transport.is_closing():
            return
        if not self._transport.can_write_eof():
            self._end()
            return
        self._transport.write_eof()
        self._timer = asyncio.get_running_loop().call_later(self._limits.linger_s, self._transport.abort)

    async def _await(self, outcome: Awaitable[Reply], keep_alive: bool) -> None:
        try:
            reply = await outcome
        finally:
            self._task = None
        self._perform(reply, keep_alive=keep_alive)
        self._advance()

    def _perform(self, reply: Reply, *, keep_alive: bool) -> None:
        if reply.interim:
            self._write(reply.interim)
            self._flush()
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
        if self._transport.is_closing():
            reply.done("aborted")
        elif reply.drip is not None and reply.data:
            self._busy = reply
            self._flush()
            self._drip(reply, keep_alive, 0, reply.drip.at_once)
        else:
            if reply.data:
                self._write(reply.data)
            self._finish(reply, keep_alive=keep_alive)

    def _drip(self, reply: Reply, keep_alive: bool, start: int, end: int) -> None:
        drip = reply.drip
        assert drip is not None  # noqa: S101 - narrows the type; `_send` looked
        self._transport.write(reply.data[start:end])
        if end < len(reply.data):
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(drip.interval_s, self._drip, reply, keep_alive, end, end + drip.bytes)
            return
        self._timer = None
        self._busy = None
        self._finish(reply, keep_alive=keep_alive)
        self._advance()

    def _finish(self, reply: Reply, *, keep_alive: bool) -> None:
        if reply.ending is Ending.KEEP:
            reply.done("answered")
            if not keep_alive:
                self._end()
        elif reply.ending is Ending.HANG:
            self._busy = reply
        elif reply.ending is Ending.CLOSE:
            reply.done("dropped")
            self._end()
        else:
            self._reader.deaf = True
            self._busy = reply
            self._flush()
            self._timer = asyncio.get_running_loop().call_later(FLUSH_S if reply.data else 0.0, self._reset)

    def _write(self, data: bytes) -> None:
        self._out.append(data)
        self._out_bytes += len(data)
        if self._out_bytes > FLUSH_BYTES:
            self._flush()

    def _flush(self) -> None:
        """Write the answers that are ready; those to pipelined requests leave together."""
        out = self._out
        if out:
            self._transport.write(out[0] if len(out) == 1 else b"".join(out))
            out.clear()
            self._out_bytes = 0

    def _end(self) -> None:
        self._ending = True
        self._reader.deaf = True
        self._flush()
        self._reader.ready.clear()
        self._transport.close()

    def _reset(self) -> None:
        self._timer = None
        reply, self._busy = self._busy, None
        self.reset()
        if reply is not None:
            reply.done("dropped")

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        self._reader.deaf = True
        self._reader.ready.clear()
        sock = self._transport.get_extra_info("socket")
        if sock is not None and not self._transport.is_closing():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_LINGER)
        self._transport.abort()

    # -- time, flow and end --

    def tick(self, now: float) -> None:
        """Enforce the limits on time; called every `Limits.sweep_s` with the loop's time."""
        phase = self._phase()
        seen = (phase, self._reader.count)
        if seen != self._seen:
            self._seen, self._seen_at = seen, now
            return
        limit = {"head": self._limits.head_s, "body": self._limits.body_s, "idle": self._limits.idle_s}.get(phase)
        if phase == "unread":
            limit = self._limits.unread_s
        if limit is None or now - self._seen_at < limit:
            return
        if phase in ("head", "body"):
            self._reader.time_out()
            self._advance()
        else:
            self._transport.abort()

    def _phase(self) -> str:
        if self._write_paused or self._ending:
            return "unread"
        if self._busy is not None or self._task is not None or self._reader.ready or self._reader.deaf:
            return "busy"
        if not self._reader.in_request:
            return "idle"
        return "head" if self._reader.in_head else "body"

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
        self._reader.deaf = True
        self._registry.discard(self)
        self._reader.ready.clear()
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
        if self._busy is not None:
            reply, self._busy = self._busy, None
            reply.done("aborted")

    def abandon(self) -> None:
        """Close at once, without flushing."""
        self._reader.deaf = True
        self._transport.abort()
