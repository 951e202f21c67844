"""The connections of one generator: reused last in, first out, so that spare ones grow old."""

from __future__ import annotations

import socket
from typing import Any

from gauntlet.load.plan import PlanError
from gauntlet.load.tls_stream import TlsClient
from gauntlet.load.wire import Connection, Owner


class Pool:
    """At most `limit` connections to one address."""

    def __init__(
        self, loop: Any, owner: Owner, place: tuple[int, Any], limit: int, tls: TlsClient | None = None
    ) -> None:
        self.opened = 0  # over the whole run
        self._loop, self._owner = loop, owner
        self._family, self._address = place
        self._limit, self._tls = limit, tls
        self._all: set[Connection] = set()
        self._idle: list[Connection] = []

    @property
    def full(self) -> bool:
        """Whether no more connections may be opened."""
        return len(self._all) >= self._limit

    def take(self, *, opens: bool = True) -> Connection | None:
        """Return an idle connection or, if it `opens` any, a new one; None at the limit.

        Raises OSError when there is no socket.
        """
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and connection.alive():
                return connection
            self.discard(connection)
        if not opens or self.full:
            return None
        connection = Connection(self._loop, self._owner, self._family, self._address, self._tls)
        self._all.add(connection)
        self.opened += 1
        return connection

    def give_back(self, connection: Connection) -> None:
        """Take a connection back that has delivered its answer."""
        if connection.usable:
            self._idle.append(connection)
        else:
            self.discard(connection)

    def discard(self, connection: Connection) -> None:
        """Close a connection and forget it."""
        connection.close()
        self._all.discard(connection)

    def close(self) -> None:
        """Close every connection."""
        for connection in list(self._all):
            self.discard(connection)
        self._idle.clear()


def reachable(host: str, port: int) -> tuple[int, Any]:
    """Return family and address of the first address of `host` that accepts; the first one if none does.

    Raises PlanError when the name is unknown.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise PlanError(f"the address of {host!r} cannot be found: {error.strerror}") from None
    for family, kind, protocol, _, address in found:
        with socket.socket(family, kind, protocol) as probe:
            probe.settimeout(2.0)
            if probe.connect_ex(address) == 0:
                return family, address
    return found[0][0], found[0][4]
