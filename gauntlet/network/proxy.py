"""A proxy: a listening port, an upstream address, and the connections between them with their toxics."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from random import Random

from gauntlet.network.link import Link
from gauntlet.network.standalone import Port, loopback_address
from gauntlet.network.toxics import NamedToxic

DIRECTIONS = ("upstream", "downstream")
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER with time 0: close sends RST
Generators = Callable[[NamedToxic], Random]


class Side(asyncio.Protocol):
    """One of the two sockets of a proxied connection."""

    def __init__(self, on_open: Callable[[Side], None], on_lost: Callable[[], None]) -> None:
        self.transport: asyncio.Transport
        self.outgoing: Link | None = None  # what is read here goes there
        self.incoming: Link | None = None  # what it brings is written here
        self.other: Side | None = None
        self.opened = False
        self.lost = False
        self._ended = False  # the peer has closed its direction
        self._on_open, self._on_lost = on_open, on_lost
        self._early: list[bytes] = []  # what came before the other side was there
        self._full = False  # the outgoing link holds enough
        self._choked = False  # this socket's peer reads too slowly

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait with reading until both sides are there."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - tells the type checker what TCP gives
        self.transport = transport
        self.opened = True
        transport.pause_reading()
        self._on_open(self)

    def data_received(self, data: bytes) -> None:
        """Pass bytes on; early Python 3.11 reads at once, although it was told to wait."""
        if self.outgoing:
            self.outgoing.feed(data)
        else:
            self._early.append(data)

    def eof_received(self) -> bool:
        """End the outgoing link; this socket stays open for what is still under way to it."""
        self._ended = True
        if self.outgoing:
            self.outgoing.end()
        return True

    def begin(self) -> None:
        """Pass on what came before the other side was there, and begin to read."""
        if self.outgoing:
            for data in self._early:
                self.outgoing.feed(data)
            if self._ended:
                self.outgoing.end()
        self._early.clear()
        self.settle()

    def connection_lost(self, _error: Exception | None) -> None:
        """End the outgoing link, give up the incoming one."""
        self.lost = True
        if self.incoming:
            self.incoming.abandon()
        if self.outgoing:
            self.outgoing.end()
        self._on_lost()

    def pause_writing(self) -> None:
        """Slow the other side down: this one's peer does not read."""
        self._choke(choked=True)

    def resume_writing(self) -> None:
        """Let the other side go on."""
        self._choke(choked=False)

    def _choke(self, *, choked: bool) -> None:
        self._choked = choked
        if self.other:
            self.other.settle()

    def throttle(self, full: bool) -> None:
        """Stop or resume reading because the outgoing link is full or has room."""
        self._full = full
        self.settle()

    def settle(self) -> None:
        """Read if there is room for it."""
        if self.other is None or self._ended or self.transport.is_closing():
            return
        if self._full or self.other._choked:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def write(self, data: bytes) -> None:
        """Write, unless this socket is closed already."""
        if not self.transport.is_closing():
            self.transport.write(data)

    def reset_on_close(self) -> None:
        """Make the close of this socket a RST."""
        own: socket.socket = self.transport.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)


class Connection:
    """A client's connection, its twin to the upstream, and the two links between them."""

    def __init__(self, proxy: Proxy, number: int) -> None:
        self._proxy = proxy
        self._number = number
        self._dialling: asyncio.Task[None] | None = None
        self.client = Side(self._dial, self._on_lost)
        self.server = Side(self._join, self._on_lost)
        self.links: dict[str, Link] = {}
        self.gone = asyncio.Event()

    def _dial(self, _client: Side) -> None:
        self._proxy.connections.add(self)
        if not self._proxy.enabled:  # stopped while the connection was being accepted
            self.abort()
            return
        self._dialling = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            host, _, port = self._proxy.upstream.rpartition(":")
            await loop.create_connection(lambda: self.server, host.strip("[]"), int(port))
        except (OSError, ValueError, OverflowError):
            self.server.lost = True
            self.client.transport.close()

    def _join(self, server: Side) -> None:
        client = self.client
        if client.transport.is_closing():
            server.transport.abort()
            return
        client.other, server.other = server, client
        client.outgoing = server.incoming = self._link(client, server)
        server.outgoing = client.incoming = self._link(server, client)
        self.links = {"upstream": client.outgoing, "downstream": server.outgoing}
        for direction in DIRECTIONS:
            for named in self._proxy.chain[direction]:
                if self.links[direction].add(named):
                    client.reset_on_close()
                    server.reset_on_close()
        client.begin()
        server.begin()

    def _link(self, source: Side, target: Side) -> Link:
        return Link(
            write=target.write,
            close=target.transport.close,
            throttle=source.throttle,
            generator=lambda named: self._proxy.generator(named, self._number),
        )

    def _on_lost(self) -> None:
        if not self.server.opened:
            self._give_up_dialling()
        if self.client.lost and self.server.lost:
            self._proxy.connections.discard(self)
            self.gone.set()

    def abort(self) -> None:
        """Close both sockets at once."""
        for link in self.links.values():
            link.abandon()
        self.client.transport.abort()
        if self.server.opened:
            self.server.transport.abort()
        else:
            self._give_up_dialling()

    def _give_up_dialling(self) -> None:
        self.server.lost = True
        if self._dialling:
            self._dialling.cancel()


class Proxy:
    """One proxy of the server.

    `listen` is the wished address until the proxy first starts, then the real one. Randomness: each
    connection and toxic has its own generator, made from the seed, the names and the number of the
    connection, so that runs repeat.
    """

    def __init__(self, name: str, listen: str, upstream: str, seed: int) -> None:
        self.name, self.listen, self.upstream = name, listen, upstream
        self.enabled = False
        self.chain: dict[str, list[NamedToxic]] = {direction: [] for direction in DIRECTIONS}
        self.connections: set[Connection] = set()
        self._seed = seed
        self._accepted = 0
        self._port: Port | None = None
        self._server: asyncio.Server | None = None

    def generator(self, named: NamedToxic, connection: int) -> Random:
        """Return the randomness of one toxic in one connection."""
        return Random(f"{self._seed}/{self.name}/{named.name}/{connection}")

    async def start(self) -> None:
        """Listen, unless it does already. Raises AddressError for an address that can't be had."""
        if self.enabled:
            return
        if self._port is None:
            self._port = Port(loopback_address(self.listen or "127.0.0.1:0"))
            self.listen = self._port.address
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accept, sock=self._port.listener())
        self.enabled = True

    def _accept(self) -> Side:
        self._accepted += 1
        return Connection(self, self._accepted).client

    async def stop(self) -> None:
        """Close the listener and all connections; the port stays reserved."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.enabled = False
        open_now = list(self.connections)
        for connection in open_now:
            connection.abort()
        for connection in open_now:
            await connection.gone.wait()

    async def remove(self) -> None:
        """Stop and give the port back."""
        await self.stop()
        if self._port is not None:
            self._port.release()
            self._port = None

    async def move(self, listen: str, upstream: str) -> None:
        """Stop, and take a new address or upstream for the next start."""
        if listen == self.listen:
            await self.stop()
        else:
            await self.remove()
        self.listen, self.upstream = listen, upstream

    def toxics(self) -> list[NamedToxic]:
        """Return all toxics, the upstream ones first, each direction in the order of their effect."""
        return [named for direction in DIRECTIONS for named in self.chain[direction]]

    def find(self, name: str) -> NamedToxic | None:
        """Return the toxic of that name."""
        return next((named for named in self.toxics() if named.name == name), None)

    def add(self, named: NamedToxic) -> None:
        """Append a toxic, also to the connections that exist."""
        self.chain[named.direction].append(named)
        for link in self._links(named):
            link.add(named)

    def update(self, named: NamedToxic) -> None:
        """Apply the changed attributes of a toxic to the connections that exist."""
        for link in self._links(named):
            link.update(named)

    def take_out(self, named: NamedToxic) -> None:
        """Remove a toxic, also from the connections that exist."""
        self.chain[named.direction].remove(named)
        for link in self._links(named):
            link.remove(named)

    def _links(self, named: NamedToxic) -> list[Link]:
        return [
            connection.links[named.direction] for connection in self.connections if named.direction in connection.links
        ]
