"""Who may use the control port: callers with the secret, by a name of this machine.

The page asks for the secret, or takes it from the fragment of its address, which browsers never send; it keeps it
for its own origin and sends it as everybody does. There is no cookie, so no other page can act for its user: cookies
are shared by all ports of a host, and the gateway under test is one of them.
"""

from __future__ import annotations

import hmac

from mock_ehr.control.refusal import RefusedError
from mock_ehr.message import Request

NAMES = ("127.0.0.1", "localhost", "[::1]")


def check_host(request: Request) -> None:
    """Raise RefusedError (421) when the request was meant for another host: a name rebound to this address."""
    host = request.header("host")
    name = host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.partition(":")[0]
    if host and name.lower() not in NAMES:
        raise RefusedError(421, f"the host {host[:100]!r} is not this one", f"valid: {', '.join(NAMES)}")


def check_secret(request: Request, secret: str) -> None:
    """Raise RefusedError (401) unless the request carries the secret."""
    scheme, _, given = request.header("authorization").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), secret.encode()):
        raise RefusedError(
            401,
            "wrong or missing control secret",
            "send Authorization: Bearer <secret>",
            (("WWW-Authenticate", 'Bearer realm="control"'),),
        )
