"""A gateway that runs already: is it there, and does it serve the lab that has just come up around it?"""

from __future__ import annotations

import time

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


def require_serving(base_url: str, token: str, patient: str) -> None:
    """Read a patient with a good token until it is served.

    Raises SetupError with what was seen when it is not within `SERVES_WITHIN_S`: then the wiring is wrong, and no check
    could say anything about the gateway.
    """
    deadline = time.monotonic() + SERVES_WITHIN_S
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/fhir+json"}
    with httpx.Client(headers=headers, timeout=10.0, trust_env=False, verify=tls_context()) as client:
        while True:
            try:
                response = client.get(f"{base_url}/Patient/{patient}")
                seen = f"{response.status_code}: {response.text[:300]}"
                if response.is_success:
                    return
            except httpx.TransportError as error:
                seen = f"no HTTP answer: {error!r}"
            if time.monotonic() > deadline:
                raise SetupError(
                    f"the gateway at {base_url} does not serve a read with a good token; it answered {seen}",
                    hint="check that it is configured for the addresses and the key in [[ehr]] and [consumer]",
                )
            time.sleep(0.2)
