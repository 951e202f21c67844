"""Client of our own servers' control ports, which the gateway is never told.

Trouble here is never the gateway's: a control port that does not answer means that a process of the lab is gone.
"""

from __future__ import annotations

from typing import Any

import httpx
import orjson

from gauntlet.errors import HarnessError, ProcessLost
from gauntlet.tls import tls_context


class Control:
    """JSON over HTTP to one control port, with the run's secret."""

    def __init__(self, role: str, url: str, secret: str) -> None:
        self.role = role
        self._client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {secret}"},
            timeout=10.0,
            trust_env=False,
            verify=tls_context(),
        )

    def call(self, method: str, path: str, body: Any = None, **params: str | int) -> Any:
        """Send one control request and return the decoded answer.

        Raises ProcessLost when nobody answers, HarnessError when the request is refused.
        """
        return self.send(method, path, b"" if body is None else orjson.dumps(body), **params)

    def send(self, method: str, path: str, content: bytes = b"", **params: str | int) -> Any:
        """Send one control request with JSON as it is to be on the wire, and return the decoded answer.

        Raises as `call` does.
        """
        headers = {"Content-Type": "application/json"} if content else {}
        try:
            response = self._client.request(method, path, content=content, params=params, headers=headers)
        except httpx.TransportError as error:
            raise ProcessLost(f"the {self.role}'s control port does not answer: {error}") from error
        if response.status_code >= 400:
            raise HarnessError(f"the {self.role} refused {method} {path}: {response.status_code} {response.text[:500]}")
        try:
            return response.json() if response.content else None
        except ValueError as error:
            raise HarnessError(f"the {self.role} answered {method} {path} with what is no JSON: {error}") from None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
