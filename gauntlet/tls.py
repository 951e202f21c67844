"""One TLS context for every HTTP client of a process: reading the certificates anew costs each client 40 ms of CPU."""

from __future__ import annotations

import functools
import ssl

import httpx


@functools.cache
def tls_context() -> ssl.SSLContext:
    """Return the context with httpx's own certificates, whatever the environment says."""
    return httpx.create_ssl_context(trust_env=False)
