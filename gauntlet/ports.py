"""Loopback ports: finding a free one, and saying clearly that one is taken."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from gauntlet.errors import SetupError


def free_port() -> int:
    """Return a loopback TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listening(host: str, port: int, timeout_s: float = 1.0) -> bool:
    """Return whether something accepts connections at `host`:`port`."""
    try:
        with socket.create_connection((host, port), timeout_s):
            return True
    except OSError:
        return False


def require_free(address: str, role: str) -> None:
    """Raise SetupError when something listens at `address` ("host:port") already."""
    host, _, port = address.rpartition(":")
    if listening(host, int(port)):
        raise SetupError(
            f"the {role} cannot listen on {address}: the port is taken",
            hint=f"end the process that holds it (`ss -ltnp 'sport = :{port}'` names it) or choose another port",
        )


def host_and_port(url: str) -> tuple[str, int]:
    """Return host and port of an http(s) `url`."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
