"""A gateway that runs already: is it there, and does it serve the lab that has just come up around it?"""

from __future__ import annotations

import time
from pathlib import Path

import httpx

from gauntlet import ports
from gauntlet.errors import SetupError
from gauntlet.tls import tls_context

SERVES_WITHIN_S = 30.0  # its issuer and EHR were away until now: it may be waiting before it asks them again


def require_listening(base_url: str) -> None:
    """Raise SetupError unless something accepts connections where the target file says that the gateway runs."""
    host, port = ports.host_and_port(base_url)
    if not ports.listening(host, port, 5.0):
        raise SetupError(
            f"no gateway answers at {base_url}: connection refused or timed out",
            hint="start it first, or let the lab do it with [gateway.launch] in the target file",
        )


def wait_until_serving(base_url: str, token: str, path: str, ca_file: Path | None = None) -> str:
    """Ask for a patient (`path`) with a good token until served; return what stood in the way, or an empty string.

    Waits at most `SERVES_WITHIN_S`, and only as long as the answer can still change (401, 5xx). Raises SetupError when
    there is no HTTP answer at all: then no check could say anything about the gateway.
    """
    deadline = time.monotonic() + SERVES_WITHIN_S
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/fhir+json"}
    with httpx.Client(headers=headers, timeout=10.0, trust_env=False, verify=tls_context(ca_file)) as client:
        while True:
            status, seen = _ask(client, f"{base_url}/{path}")
            if 200 <= status < 300:
                return ""
            late = time.monotonic() > deadline
            if status == 0 and late:
                raise SetupError(
                    f"something listens at {base_url} but gives no HTTP answer: {seen}",
                    hint="check [gateway] base_url in the target file",
                )
            if late or (status and status != 401 and status < 500):
                return f"the gateway did not serve a first read with a good token, it answered {seen}; is it wired up?"
            time.sleep(0.2)


def _ask(client: httpx.Client, url: str) -> tuple[int, str]:
    """Return the status and what was seen; status 0 without an HTTP answer."""
    try:
        response = client.get(url)
    except httpx.TransportError as error:
        return 0, repr(error)
    return response.status_code, f"{response.status_code}: {response.text[:200]}"
