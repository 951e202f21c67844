"""TLS without sockets: a client's stream and a server's end of it, passing each other bytes."""

from __future__ import annotations

import datetime as dt
import ssl
from pathlib import Path

import pytest

from gauntlet import certificates
from gauntlet.load.tls_stream import TlsClient, TlsError, TlsStream
from gauntlet.mutual_tls import show

ROOT = certificates.authority("Test authority", dt.datetime.now(dt.UTC).replace(microsecond=0))


class Server:
    """The other end of one connection."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._arriving, self._leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._arriving, self._leaving, server_side=True)
        self.secured = False

    def passed(self, data: bytes) -> bytes:
        """Take `data` and return what is to be sent, shaking hands on the way."""
        self._arriving.write(data)
        if not self.secured:
            try:
                self.tls.do_handshake()
                self.secured = True
            except ssl.SSLWantReadError:
                pass
        return self._leaving.read()

    def said(self, data: bytes) -> bytes:
        self.tls.write(data)
        return self._leaving.read()


@pytest.fixture
def context() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    show(made, certificates.server(ROOT, dt.datetime.now(dt.UTC)))
    return made


@pytest.fixture
def client(tmp_path: Path) -> TlsClient:
    (tmp_path / "ca.pem").write_bytes(ROOT.chain)
    return TlsClient("127.0.0.1", tmp_path / "ca.pem")


def shaken(stream: TlsStream, server: Server) -> bytes:
    """Shake hands; return the plain text that the client has received meanwhile."""
    sent, plain = stream.begin(), b""
    while sent:
        arrived, sent = stream.decrypted(server.passed(sent))
        plain += arrived
    return plain


def test_a_request_waits_for_the_handshake(client: TlsClient, context: ssl.SSLContext) -> None:
    stream, server = client.stream(), Server(context)
    assert stream.encrypted(b"GET") == b""
    assert shaken(stream, server) == b""
    assert server.tls.read() == b"GET"
    plain, reply = stream.decrypted(server.said(b"200") + server.said(b" OK"))
    assert (plain, reply, stream.ended) == (b"200 OK", b"", False)


def test_the_next_connection_resumes_the_session(client: TlsClient, context: ssl.SSLContext) -> None:
    first, server = client.stream(), Server(context)
    shaken(first, server)
    first.decrypted(server.said(b"x"))  # with the tickets of the server
    first.keep_session()
    second = client.stream()
    shaken(second, Server(context))
    assert second.resumed
    assert not first.resumed


def test_a_session_that_the_server_has_forgotten_costs_a_whole_handshake_and_no_error(
    client: TlsClient, context: ssl.SSLContext
) -> None:
    first, server = client.stream(), Server(context)
    shaken(first, server)
    first.decrypted(server.said(b"x"))
    first.keep_session()
    restarted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    show(restarted, certificates.server(ROOT, dt.datetime.now(dt.UTC)))
    second = client.stream()
    shaken(second, Server(restarted))
    assert second.secured
    assert not second.resumed


def test_the_server_s_end_is_seen_behind_its_last_words(client: TlsClient, context: ssl.SSLContext) -> None:
    stream, server = client.stream(), Server(context)
    shaken(stream, server)
    last = server.said(b"the end")
    with pytest.raises(ssl.SSLWantReadError):
        server.tls.unwrap()
    plain, _ = stream.decrypted(last + server.passed(b""))
    assert plain == b"the end"
    assert stream.ended


def test_what_is_no_tls_is_told(client: TlsClient) -> None:
    stream = client.stream()
    stream.begin()
    with pytest.raises(TlsError, match=r"TLS failed \(.+\)"):
        stream.decrypted(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_a_stranger_is_refused_in_words(context: ssl.SSLContext) -> None:
    stream = TlsClient("127.0.0.1").stream()  # trusts the public authorities alone
    with pytest.raises(TlsError, match=r"TLS: the certificate is refused \(unable to get local issuer certificate\)"):
        shaken(stream, Server(context))
