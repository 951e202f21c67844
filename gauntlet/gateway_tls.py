"""The gateway's own side of TLS, seen from outside: name, certificate, chain, and the oldest protocol it speaks.

Each is looked at on its own, so that one fault does not hide another: the certificate is read whoever vouches for it,
and the chain is verified whatever its date and host.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import struct
from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509

_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of OpenSSL
TIMEOUT_S = 5.0
_HANDSHAKE, _ALERT, _SERVER_HELLO = 22, 21, 2
OLD = {0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1"}


@dataclass(frozen=True, slots=True)
class TlsAddress:
    """An address of the gateway under TLS, and how to get in there: whom to trust, what to show of oneself."""

    url: str
    host: str
    port: int
    context: Callable[[], ssl.SSLContext]  # verifies; shows a client certificate where one is wanted


def resolved(host: str, port: int) -> list[str]:
    """Return the addresses that a name resolves to. Raises OSError when it does not."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found))


def certificate(address: TlsAddress) -> x509.Certificate:
    """Return the certificate that is shown, whoever vouches for it. Raises OSError when there is no handshake."""
    context = address.context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with _connected(address, context) as connection:
        der = connection.getpeercert(binary_form=True)
    if not der:
        raise ssl.SSLError("no certificate was shown")
    return x509.load_der_x509_certificate(der)


def chain_problem(address: TlsAddress) -> str:
    """Return why the shown chain does not lead to a trusted authority, empty when it does; time and host aside.

    Raises OSError when the failure is another one.
    """
    context = address.context()
    context.check_hostname = False
    context.verify_flags |= _NO_CHECK_TIME
    try:
        _connected(address, context).close()
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    return ""


def covers(shown: x509.Certificate, host: str) -> bool:
    """Return whether a certificate is for `host`, a name or an address (RFC 9525: alternative names alone count)."""
    try:
        names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    try:
        return ipaddress.ip_address(host) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        return any(_matches(name.lower(), host.lower()) for name in names.get_values_for_type(x509.DNSName))


def _matches(name: str, host: str) -> bool:
    return name == host or (name.startswith("*.") and host.partition(".")[2] == name[2:])


def oldest_protocol(address: TlsAddress) -> str:
    """Return which protocol below TLS 1.2 the server still chooses when nothing newer is offered; empty for none.

    Raises OSError when it cannot be reached, or answers with no TLS at all.
    """
    for version in (0x0302, 0x0301):
        with socket.create_connection((address.host, address.port), TIMEOUT_S) as connection:
            connection.sendall(old_client_hello(version))
            try:
                answer = _received(connection, 11)
            except ConnectionError:
                continue
        if len(answer) == 11 and answer[0] == _HANDSHAKE and answer[5] == _SERVER_HELLO:
            return OLD.get(int.from_bytes(answer[9:11], "big"), "a protocol below TLS 1.2")
        if answer and answer[0] not in (_HANDSHAKE, _ALERT):
            raise ssl.SSLError(f"{address.url} does not speak TLS")
    return ""


def old_client_hello(version: int) -> bytes:
    """Return the record of a ClientHello that offers `version` (0x0301 or 0x0302) at most (RFC 4346, section 7.4.1.2).

    Written by hand: today's TLS libraries are often built without these protocols.
    """
    suites = struct.pack(">7H", 0xC009, 0xC00A, 0xC013, 0xC014, 0x002F, 0x0035, 0x00FF)
    groups = struct.pack(">HHHHHH", 0x000A, 8, 6, 23, 24, 25)
    formats = struct.pack(">HHBB", 0x000B, 2, 1, 0)
    extensions = groups + formats
    body = struct.pack(">H", version) + bytes(range(32)) + b"\0"
    body += struct.pack(">H", len(suites)) + suites + b"\x01\0" + struct.pack(">H", len(extensions)) + extensions
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    return struct.pack(">BHH", _HANDSHAKE, 0x0301, len(message)) + message


def _received(connection: socket.socket, size: int) -> bytes:
    """Return up to `size` bytes, fewer when the other side ends or says no more in time."""
    answer = b""
    try:
        while len(answer) < size and (piece := connection.recv(size - len(answer))):
            answer += piece
    except TimeoutError:
        pass
    return answer


def _connected(address: TlsAddress, context: ssl.SSLContext) -> ssl.SSLSocket:
    raw = socket.create_connection((address.host, address.port), TIMEOUT_S)
    try:
        return context.wrap_socket(raw, server_hostname=address.host)
    except BaseException:
        raw.close()
        raise
