"""The wire to the EHR: one attempt, bounded in time and size."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Protocol
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from reference_gateway.bounded_body import BodyTooLarge, read_up_to
from reference_gateway.correlation import HEADER as CORRELATION_HEADER
from reference_gateway.ehr_request import EhrFailure, EhrReply, EhrRequest

FORM = "application/x-www-form-urlencoded"
LARGEST_REPLY = 10 * 1024 * 1024
_FHIR_JSON = "application/fhir+json"


class Transport(Protocol):
    """Sends one attempt."""

    async def send(self, request: EhrRequest, token: str, timeout_s: float) -> EhrReply:
        """Return the answer, whatever its status. Raises EhrFailure: timeout, unreachable or broken."""


class EhrTransport:
    """HTTP to the EHR's FHIR base.

    Reads share kept-alive connections (`reading`). Each write opens its own (`writing`): a write on a connection that
    the EHR has just closed for idling would leave its outcome unknown without need.
    """

    def __init__(self, base_url: str, reading: aiohttp.ClientSession, writing: aiohttp.ClientSession) -> None:
        self._base_url = base_url
        self._reading = reading
        self._writing = writing

    async def send(self, request: EhrRequest, token: str, timeout_s: float) -> EhrReply:
        """Send one attempt; it ends within `timeout_s`, body included. Raises EhrFailure."""
        session = self._reading if request.safe else self._writing
        try:
            async with asyncio.timeout(self.limit_s(timeout_s)):
                return await self._exchange(session, request, token)
        except TimeoutError:
            raise EhrFailure("timeout", reached=True) from None
        except aiohttp.ClientConnectorError:
            raise EhrFailure("unreachable", reached=False) from None
        except (aiohttp.ClientError, OSError, BodyTooLarge, ValueError):
            raise EhrFailure("broken", reached=True) from None

    def limit_s(self, timeout_s: float) -> float | None:
        """Return how long an attempt may take."""
        return timeout_s

    def wait_limits(self) -> aiohttp.ClientTimeout:
        """Return the limits of single waits: none, because the whole attempt has one."""
        return aiohttp.ClientTimeout(total=None)

    def posted(self, request: EhrRequest) -> EhrRequest:
        """Return a search as a form (http://hl7.org/fhir/R4/http.html#search): nothing of it is in its address."""
        headers = {**request.headers, "Content-Type": FORM}
        form = urlencode(request.query).encode()
        return replace(
            request, method="POST", path=f"{request.path}/_search", query=(), body=form, headers=headers, private=False
        )

    async def _exchange(self, session: aiohttp.ClientSession, request: EhrRequest, token: str) -> EhrReply:
        request = self.posted(request) if request.private else request
        url = URL(f"{self._base_url}/{request.path}", encoded=True).with_query(request.query)
        headers = _headers(request, token)
        async with session.request(
            request.method,
            url,
            data=request.body,
            headers=headers,
            allow_redirects=False,
            timeout=self.wait_limits(),
        ) as response:
            body = await read_up_to(response.content, LARGEST_REPLY)
            received = {name.lower(): value for name, value in response.headers.items()}
            return EhrReply(response.status, received, body)


def _headers(request: EhrRequest, token: str) -> dict[str, str]:
    return {
        "Accept": _FHIR_JSON,
        "Authorization": f"Bearer {token}",
        CORRELATION_HEADER: request.correlation_id,
        "traceparent": request.traceparent,
        **({"Content-Type": _FHIR_JSON} if request.body is not None else {}),
        **request.headers,
    }
