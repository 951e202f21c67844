"""TLS of one connection without any socket: bytes in, bytes out. Sessions are resumed between connections.

Buffers in memory (`ssl.MemoryBIO`) keep it apart from gevent: a handshake that stalls costs nobody else's time.
"""

from __future__ import annotations

import ssl
from pathlib import Path

from gauntlet.tls import tls_context

_CHUNK = 262_144


class TlsError(Exception):
    """A handshake or a record that TLS does not allow; the message is a reason for people, without addresses."""


class TlsClient:
    """What the connections to one host have in common: whom to trust, the host's name, the latest session."""

    def __init__(self, host: str, ca_file: Path | None = None) -> None:
        """Trust the public authorities and that of `ca_file` (PEM). Raises OSError when it is no PEM."""
        self._context = tls_context(ca_file)
        self._host = host
        self._session: ssl.SSLSession | None = None

    def stream(self) -> TlsStream:
        """Return a new connection's TLS, which resumes the latest session if the server still knows it."""
        arriving, leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self._context.wrap_bio(arriving, leaving, server_hostname=self._host, session=self._session)
        return TlsStream(self, tls, arriving, leaving)

    def keep(self, session: ssl.SSLSession | None) -> None:
        """Remember the session of a connection, once its server has sent a ticket."""
        if session is not None and session.has_ticket:
            self._session = session


class TlsStream:
    """TLS of one connection. What is to be sent is returned by the method that caused it."""

    def __init__(self, client: TlsClient, tls: ssl.SSLObject, arriving: ssl.MemoryBIO, leaving: ssl.MemoryBIO) -> None:
        self._client, self._tls = client, tls
        self._arriving, self._leaving = arriving, leaving
        self._waiting = b""  # requests that the handshake keeps back
        self._kept = False  # its session is remembered
        self.secured = False
        self.resumed = False
        self.ended = False  # the server has said that nothing more will come

    def begin(self) -> bytes:
        """Return the first bytes of the handshake. Raises TlsError."""
        self._shake_hands()
        return self._leaving.read()

    def encrypted(self, data: bytes) -> bytes:
        """Return what to send for `data`: nothing yet during the handshake. Raises TlsError."""
        if not self.secured:
            self._waiting += data
            return b""
        self._write(data)
        return self._leaving.read()

    def decrypted(self, data: bytes) -> tuple[bytes, bytes]:
        """Take what arrived; return its plain text, and what is to be sent because of it. Raises TlsError."""
        self._arriving.write(data)
        if not self.secured:
            self._shake_hands()
        plain = self._read() if self.secured else b""
        return plain, self._leaving.read()

    def _shake_hands(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLError as error:
            raise TlsError(_reason(error)) from None
        self.secured, self.resumed = True, bool(self._tls.session_reused)
        if self._waiting:
            self._write(self._waiting)
            self._waiting = b""

    def _write(self, data: bytes) -> None:
        try:
            self._tls.write(data)  # a memory buffer takes all of it
        except ssl.SSLError as error:
            raise TlsError(_reason(error)) from None

    def _read(self) -> bytes:
        pieces: list[bytes] = []
        try:
            while piece := self._tls.read(_CHUNK):
                pieces.append(piece)
            self.ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.ended = True
        except ssl.SSLError as error:
            raise TlsError(_reason(error)) from None
        return b"".join(pieces)

    def keep_session(self) -> None:
        """Let later connections resume this one's session; to be called when an answer came, as tickets come late."""
        if self.secured and not self._kept:
            self._kept = True
            self._client.keep(self._tls.session)


def _reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS: the certificate is refused ({_said(error.verify_message)})"
    words = (error.reason or "").replace("_", " ").lower()
    return f"TLS failed ({words or 'no reason given'})"


def _said(message: str) -> str:
    """Return OpenSSL's words without the address or name in them, so that equal problems are counted together."""
    return (
        message.split(", certificate is not valid for", maxsplit=1)[0]
        .split("'", maxsplit=1)[0]
        .strip()
        .rstrip(".")
        .lower()
    )
