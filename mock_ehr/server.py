"""HTTP/1.1 server on an asyncio.Protocol with httptools, in command of every byte and of how it all ends.

An ASGI server guards against what a chaos mock has to emit (resets, truncated bodies), hence an own one. The
listener knows nothing about EHRs: it hands each `Request` to a `Handler` and performs the `Reply`.
"""

from __future__ import annotations

import asyncio

from mock_ehr.connection import Connection, Handler, Limits
from mock_ehr.facts import ClientCertificate
from mock_ehr.message import Ending
from mock_ehr.reception import Doorkeeper, TurnedAway, Welcome
from mock_ehr.standing import Lanes
from mock_ehr.tls import Tls
from mock_ehr.tls_layer import TlsLayer

BACKLOG = 4096


class Listener:
    """One listening socket and its connections.

    A `doorkeeper` may turn connections away, `tls` encrypts them. `lanes` hold the handler's answers that stand.
    """

    def __init__(
        self,
        handler: Handler,
        limits: Limits | None = None,
        doorkeeper: Doorkeeper | None = None,
        tls: Tls | None = None,
        lanes: Lanes | None = None,
    ) -> None:
        self._handler = handler
        self._limits = limits or Limits()
        self._doorkeeper = doorkeeper
        self._tls = tls
        self._lanes = lanes
        self._connections: set[Connection] = set()
        self._away: set[TurnedAway] = set()
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.TimerHandle | None = None

    async def start(self, host: str, port: int) -> str:
        """Listen and return the address as `http://host:port`, with `https` under TLS.

        Port 0 takes a free one. Raises OSError when occupied.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connect, host, port, backlog=BACKLOG)
        self._sweeper = loop.call_later(self._limits.sweep_s, self._sweep, loop)
        bound_host, bound_port = self._server.sockets[0].getsockname()[:2]
        return f"{'https' if self._tls else 'http'}://{bound_host}:{bound_port}"

    def _connect(self) -> asyncio.Protocol:
        welcome = self._doorkeeper.connected() if self._doorkeeper is not None else None
        if welcome is not None and welcome.ending is not Ending.KEEP:
            return TurnedAway(welcome, self._away)
        if self._tls is None:
            return self._inside(None)
        return self._encrypted(self._tls, welcome)

    def _inside(self, certificate: ClientCertificate | None) -> Connection:
        return Connection(self._handler, self._limits, self._connections, certificate, self._lanes)

    def _encrypted(self, tls: Tls, welcome: Welcome | None) -> TlsLayer:
        shown = welcome.shown if welcome is not None and welcome.shown else tls.shown

        def settled(problem: str) -> None:
            if welcome is not None:
                told = f"the client refused it: {problem}" if problem else "the client accepted it"
                welcome.done("dropped" if problem else "answered", told)
            elif problem and self._doorkeeper is not None:
                said = problem if shown == "good" else f"certificate {shown}: {problem}"
                self._doorkeeper.handshake_failed(said)

        return TlsLayer(tls.context(shown), self._inside, settled, self._limits.handshake_s)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for connection in list(self._connections):
            connection.tick(now)
        self._sweeper = loop.call_later(self._limits.sweep_s, self._sweep, loop)

    @property
    def open_connections(self) -> int:
        """Return how many connections are open now."""
        return len(self._connections)

    def _open(self) -> list[Connection | TurnedAway]:
        return [*self._connections, *self._away]

    async def stop(self) -> None:
        """Stop listening and abandon every connection; returns when all of them are gone."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        if self._server is None:
            return
        self._server.close()
        for connection in self._open():
            connection.abandon()
        # each abandoned connection reports its end in one of the next turns of the loop
        while self._open():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0)
        await self._server.wait_closed()
        self._server = None
