"""One TLS context for every HTTP client of a process: reading the certificates anew costs each client 40 ms of CPU."""

from __future__ import annotations

import functools
import ssl
from pathlib import Path

import httpx


@functools.cache
def tls_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """Return the context with httpx's own certificates and those of `ca_file` (PEM), whatever the environment says.

    Clients share it: it must not be changed. Raises OSError when the file cannot be read or is no PEM.
    """
    return fresh_tls_context(ca_file)


def fresh_tls_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """Return such a context for the caller alone."""
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context
