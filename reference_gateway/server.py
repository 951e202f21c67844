"""The HTTP shell: aiohttp's low-level server around the gateway, so that paths stay exactly as they were sent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from reference_gateway.bounded_body import BodyTooLarge, read_up_to
from reference_gateway.error_answers import ErrorAnswers, internal_error
from reference_gateway.exchange import Answer, ConsumerRequest
from reference_gateway.gateway import Gateway
from reference_gateway.refusal import Refusal, invalid
from reference_gateway.request_limits import too_long_body, too_long_headers

LONGEST_LINE = 64 * 1024  # beyond the gateway's own limits, so that those decide
_BODY_PATIENCE_S = 10.0
_IDLE_S = 75.0
_HEAD_PATIENCE_S = 15.0


class PatientProtocol(web.RequestHandler):
    """aiohttp's protocol with two changes: broken requests get an OperationOutcome, slow heads are cut off."""

    errors = ErrorAnswers()
    common_headers: Mapping[str, str] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the clock for the first request's head."""
        super().connection_made(transport)
        self._head_timer = self._loop.call_later(_HEAD_PATIENCE_S, self._head_late)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; stop the clock once a head has come."""
        super().data_received(data)
        if self._request_count and self._head_timer is not None:
            self._head_timer.cancel()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Stop the clock."""
        self._head_timer.cancel()
        super().connection_lost(exc)

    def _head_late(self) -> None:
        if not self._request_count:
            self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,  # noqa: ARG002 - aiohttp's signature
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - aiohttp's signature, its text quotes the request
    ) -> web.StreamResponse:
        """Answer what is no HTTP (RFC 9112) in the gateway's own form; the connection is closed."""
        if isinstance(exc, LineTooLong):
            refusal = too_long_headers(LONGEST_LINE)
        else:
            refusal = invalid("this is not an HTTP request") if status == 400 else internal_error()
        response = as_response(self.errors.answer(refusal))
        for name, value in self.common_headers.items():
            response.headers[name] = value
        response.force_close()
        return response


class GatewayServer(web.Server):
    """The server; every connection speaks its `protocol`."""

    protocol: type[PatientProtocol] = PatientProtocol

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.draining = False
        super().__init__(self.handle)

    def __call__(self) -> web.RequestHandler:
        """Return the protocol of a new connection."""
        protocol = self.protocol(
            self,
            loop=self._loop,
            keepalive_timeout=_IDLE_S,
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
            access_log=None,  # type: ignore[arg-type]  # aiohttp's own way to have no access log
            auto_decompress=False,
        )
        protocol.common_headers = self.gateway.common_headers()
        return protocol

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        response = as_response(await self.gateway.answer(as_request(request)))
        if self.draining:
            response.force_close()
        return response


def as_request(request: web.BaseRequest) -> ConsumerRequest:
    """Return aiohttp's request as the gateway sees it."""
    raw_path, _, raw_query = request.raw_path.partition("?")

    async def read_body(limit: int) -> bytes:
        return await _body(request, limit)

    return ConsumerRequest(request.method, raw_path, raw_query, request.headers, read_body, _certificate(request))


def _certificate(request: web.BaseRequest) -> bytes | None:
    tls = request.transport.get_extra_info("ssl_object") if request.transport else None
    return tls.getpeercert(binary_form=True) if tls is not None else None


def as_response(answer: Answer) -> web.Response:
    """Return the gateway's answer as aiohttp sends it."""
    headers: dict[str, Any] = dict(answer.headers)
    return web.Response(status=answer.status, body=answer.body, headers=headers)


async def _body(request: web.BaseRequest, limit: int) -> bytes:
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        text = "compressed bodies are not accepted"
        raise Refusal(415, "not-supported", text, reason="unsupported-media-type")
    if (request.content_length or 0) > limit:
        raise too_long_body(limit)
    try:
        async with asyncio.timeout(_BODY_PATIENCE_S):
            return await read_up_to(request.content, limit)
    except BodyTooLarge:
        raise too_long_body(limit) from None
    except TimeoutError:
        raise Refusal(408, "timeout", "the body did not arrive in time", reason="slow-client") from None
    except (web.RequestPayloadError, OSError):
        raise invalid("the body did not arrive completely") from None
