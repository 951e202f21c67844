"""What is decided about a connection before its first byte: nothing most of the time, else what faults want."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

from mock_ehr.connection import RESET_LINGER
from mock_ehr.message import Ending


@dataclass(frozen=True, slots=True)
class Welcome:
    """How a connection is received: which certificate it is shown, or that it is reset or ignored.

    `done` is told the outcome, as in the journal, and what happened in words, exactly once.
    """

    done: Callable[[str, str], None]
    shown: str = ""
    ending: Ending = Ending.KEEP


class Doorkeeper(Protocol):
    """Decides. Neither method raises."""

    def connected(self) -> Welcome | None:
        """Return how a new connection is received, None for the usual way."""

    def handshake_failed(self, problem: str) -> None:
        """Note a TLS handshake that failed without any fault."""


class TurnedAway(asyncio.Protocol):
    """A connection that is reset or never answered."""

    def __init__(self, welcome: Welcome, registry: set[TurnedAway]) -> None:
        self._welcome = welcome
        self._registry = registry
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Reset the connection, or keep it and read nothing (asyncio.Protocol)."""
        self._transport = cast(asyncio.Transport, transport)
        self._registry.add(self)
        if self._welcome.ending is Ending.HANG:
            return
        sock = transport.get_extra_info("socket")
        if self._welcome.ending is Ending.RESET and sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_LINGER)
        self._transport.abort()

    def connection_lost(self, _error: Exception | None) -> None:
        """Note the end (asyncio.Protocol)."""
        self._registry.discard(self)
        hung = self._welcome.ending is Ending.HANG
        self._welcome.done("aborted" if hung else "dropped", "before any request")

    def abandon(self) -> None:
        """Close at once."""
        self._transport.abort()
