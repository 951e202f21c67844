"""TLS between a socket and a `Connection`, with every handshake and its failure in sight.

asyncio's own TLS says nothing about a handshake that the client refuses, and takes one context for all
connections; a mock that shows wrong certificates has to know what became of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import Any, Protocol, cast

from mock_ehr.facts import ClientCertificate
from mock_ehr.tls import client_certificate

PIECE = 256 * 1024


class Inner(Protocol):
    """What speaks HTTP inside: `mock_ehr.connection.Connection`."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""

    def data_received(self, data: bytes) -> None:
        """Take decrypted bytes."""

    def pause_writing(self) -> None:
        """Stop writing."""

    def resume_writing(self) -> None:
        """Go on writing."""

    def connection_lost(self, error: Exception | None) -> None:
        """End."""


class TlsLayer(asyncio.Protocol):
    """One connection. `settled` is told "" when the handshake worked, else why not, exactly once."""

    def __init__(
        self,
        context: ssl.SSLContext,
        inside: Callable[[ClientCertificate | None], Inner],
        settled: Callable[[str], None],
        handshake_s: float,
    ) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._inside = inside
        self._settled: Callable[[str], None] | None = settled
        self._handshake_s = handshake_s
        self._inner: Inner | None = None
        self._paused = False
        self._timer: asyncio.TimerHandle | None = None
        self.transport: asyncio.Transport = cast(asyncio.Transport, None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the handshake (asyncio.Protocol)."""
        self.transport = cast(asyncio.Transport, transport)
        self._timer = asyncio.get_running_loop().call_later(self._handshake_s, self._too_slow)

    def _too_slow(self) -> None:
        self._settle(f"the handshake took longer than {self._handshake_s:g} s")
        self.transport.abort()

    def _settle(self, problem: str) -> None:
        settled, self._settled = self._settled, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if settled is not None:
            settled(problem)

    def data_received(self, data: bytes) -> None:
        """Decrypt, or go on with the handshake (asyncio.Protocol)."""
        self._incoming.write(data)
        if self._inner is not None or self._shake_hands():
            self._read()

    def _shake_hands(self) -> bool:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self.flush()
            return False
        except ssl.SSLError as error:
            self.flush()  # the alert that says why
            self._settle((error.reason or str(error)).lower().replace("_", " "))
            self.transport.close()
            return False
        self.flush()
        self._settle("")
        self._inner = self._inside(client_certificate(self._tls.getpeercert(binary_form=True)))
        self._inner.connection_made(TlsTransport(self))
        return True

    def _read(self) -> None:
        while self._inner is not None and not self._paused and not self.transport.is_closing():
            try:
                piece = self._tls.read(PIECE)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLError:  # also the orderly end, close_notify
                self.transport.close()
                break
            if not piece:
                self.transport.close()
                break
            self._inner.data_received(piece)
        self.flush()

    def write(self, data: bytes) -> None:
        """Encrypt and send."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._tls.write(rest) :]
        self.flush()

    def flush(self) -> None:
        """Send what is encrypted."""
        if self._outgoing.pending and not self.transport.is_closing():
            self.transport.write(self._outgoing.read())

    def close(self) -> None:
        """Say goodbye and close."""
        if not self.transport.is_closing():
            with contextlib.suppress(ssl.SSLError):  # the client's goodbye is not waited for
                self._tls.unwrap()
            self.flush()
        self.transport.close()

    def pause_reading(self) -> None:
        """Read no more for now."""
        self._paused = True
        self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Go on, first with what was decrypted already."""
        self._paused = False
        self.transport.resume_reading()
        asyncio.get_running_loop().call_soon(self._read)

    def pause_writing(self) -> None:
        """Pass on that the client reads slowly (asyncio.Protocol)."""
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Pass on that the client caught up (asyncio.Protocol)."""
        if self._inner is not None:
            self._inner.resume_writing()

    def eof_received(self) -> bool:
        """Close when the client did (asyncio.Protocol)."""
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Pass on the end (asyncio.Protocol)."""
        self._settle("the client left during the handshake")
        if self._inner is not None:
            inner, self._inner = self._inner, None
            inner.connection_lost(error)


class TlsTransport(asyncio.Transport):
    """The transport that a `Connection` sees. Ends are not half: TLS has no such thing that clients agree on."""

    def __init__(self, layer: TlsLayer) -> None:
        super().__init__()
        self._layer = layer

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what the socket's transport knows."""
        return self._layer.transport.get_extra_info(name, default)

    def is_closing(self) -> bool:
        """Return whether the connection ends."""
        return self._layer.transport.is_closing()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send."""
        if not self.is_closing():
            self._layer.write(bytes(data))

    def can_write_eof(self) -> bool:
        """Return False."""
        return False

    def close(self) -> None:
        """Close in an orderly way."""
        self._layer.close()

    def abort(self) -> None:
        """Close at once."""
        self._layer.transport.abort()

    def pause_reading(self) -> None:
        """Read no more for now."""
        self._layer.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        self._layer.resume_reading()
