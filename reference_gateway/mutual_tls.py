"""Mutual TLS towards consumers: an address of its own where only certificates of a trusted authority get in."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class MutualTls:
    """Where to listen, whose clients get in, and what the gateway shows of itself (PEM files)."""

    host: str
    port: int
    ca_file: Path
    certificate_file: Path
    key_file: Path


class Setting(Protocol):
    """Reads one setting by name; `read` raises ValueError or OSError for a value that is wrong."""

    def __call__(self, name: str, read: Callable[[str], T]) -> T:
        """Return the value. Raises what the reader of all settings raises."""


def read_mutual_tls(setting: Setting, address: Callable[[str], tuple[str, int]]) -> MutualTls:
    """Return the settings; all are mandatory, and certificate and key have to belong together."""
    host, port = setting("GATEWAY_MTLS_LISTEN", address)
    settings = MutualTls(
        host,
        port,
        ca_file=setting("GATEWAY_MTLS_CA_FILE", Path),
        certificate_file=setting("GATEWAY_MTLS_CERTIFICATE_FILE", Path),
        key_file=setting("GATEWAY_MTLS_KEY_FILE", Path),
    )
    setting("GATEWAY_MTLS_KEY_FILE", lambda _: server_context(settings))  # now, not at the first connection
    return settings


def server_context(settings: MutualTls) -> ssl.SSLContext:
    """Return the context of the address: a client's certificate is required, nothing below TLS 1.2 is spoken.

    Authority, time and use of the certificate are verified in the handshake. Raises OSError.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=settings.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(settings.certificate_file, settings.key_file)
    return context
