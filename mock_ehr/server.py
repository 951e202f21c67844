"""HTTP/1.1 server on an asyncio.Protocol with httptools, in command of every byte and of how it all ends.

An ASGI server guards against what a chaos mock has to emit (resets, truncated bodies), hence an own one. The
listener knows nothing about EHRs: it hands each `Request` to a `Handler` and performs the `Reply`.
"""

from __future__ import annotations

import asyncio

from mock_ehr.connection import Connection, Handler, Limits

BACKLOG = 4096


class Listener:
    """One listening socket and its connections."""

    def __init__(self, handler: Handler, limits: Limits | None = None) -> None:
        self._handler = handler
        self._limits = limits or Limits()
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.TimerHandle | None = None

    async def start(self, host: str, port: int) -> str:
        """Listen and return the address as `http://host:port`.

        Port 0 takes a free one. Raises OSError when occupied.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connect, host, port, backlog=BACKLOG)
        self._sweeper = loop.call_later(self._limits.sweep_s, self._sweep, loop)
        bound_host, bound_port = self._server.sockets[0].getsockname()[:2]
        return f"http://{bound_host}:{bound_port}"

    def _connect(self) -> Connection:
        return Connection(self._handler, self._limits, self._connections)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for connection in list(self._connections):
            connection.tick(now)
        self._sweeper = loop.call_later(self._limits.sweep_s, self._sweep, loop)

    @property
    def open_connections(self) -> int:
        """Return how many connections are open now."""
        return len(self._connections)

    async def stop(self) -> None:
        """Stop listening and abandon every connection; returns when all of them are gone."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._connections):
            connection.abandon()
        # each abandoned connection reports its end in one of the next turns of the loop
        while self._connections:  # noqa: ASYNC110 - see above
            await asyncio.sleep(0)
        await self._server.wait_closed()
        self._server = None
