"""Defects below the requests: framing, slow clients, addresses that are followed (NEG-05, NEG-07, NEG-08)."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from reference_gateway.defects.defect import swap
from reference_gateway.ehr_request import EhrReply, EhrRequest
from reference_gateway.ehr_transport import EhrTransport
from reference_gateway.exchange import Answer, ConsumerRequest
from reference_gateway.gateway import Gateway
from reference_gateway.server import GatewayServer, PatientProtocol

_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
_WORKERS = 16


class NaiveProtocol(PatientProtocol):
    """Reads requests by rules of its own and hands them on well formed: it sees no ambiguity anywhere."""

    _unread = b""

    def data_received(self, data: bytes) -> None:
        """Feed each request that is complete by the naive rules."""
        self._unread += data
        while (split := naive_request(self._unread)) is not None:
            request, self._unread = split
            super().data_received(request)


def naive_request(data: bytes) -> tuple[bytes, bytes] | None:
    """Return the first request of `data`, rewritten, and what follows it; None while its head is incomplete.

    Folded lines are joined, blanks around names dropped, the last of two fields wins, chunked goes before lengths.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        return None
    line, *field_lines = head.replace(b"\r\n ", b" ").split(b"\r\n")
    fields = {name.strip().lower(): value.strip() for name, _, value in (item.partition(b":") for item in field_lines)}
    if b"chunked" in fields.pop(b"transfer-encoding", b""):
        fields.pop(b"content-length", None)
        _, _, rest = rest.partition(b"\r\n\r\n")
        body = b""
    else:
        length = fields.pop(b"content-length", b"0").rpartition(b",")[2].strip()
        size = max(int(length), 0) if line.startswith(b"POST") else 0
        if len(rest) < size:
            return None
        body, rest = rest[:size], rest[size:]
    fields = {b"host": b"gateway", **fields, b"content-length": str(len(body)).encode()}
    lines = [line, *(name + b": " + value.replace(b"\0", b"") for name, value in fields.items())]
    return b"\r\n".join(lines) + end + body, rest


class NaiveServer(GatewayServer):
    """Speaks HTTP by naive rules."""

    protocol = NaiveProtocol


class FewWorkers(Gateway):
    """Has a handful of workers, each of which waits for its client's body."""

    async def answer(self, request: ConsumerRequest) -> Answer:
        """Return the answer once a worker is free."""
        async with self.workers():
            return await super().answer(request)

    def workers(self) -> asyncio.Semaphore:
        """Return the pool of workers."""
        if "_pool" not in vars(self):
            self._pool = asyncio.Semaphore(_WORKERS)
        return self._pool


class FollowsAddresses(Gateway):
    """Looks up every address that a consumer names."""

    async def answer(self, request: ConsumerRequest) -> Answer:
        """Return the answer after a visit to the addresses in path and query; those in a body are visited later."""
        await visit(f"{request.raw_path}?{request.raw_query}")

        async def read_body(limit: int) -> bytes:
            body = await request.read_body(limit)
            await visit(body.decode("utf-8", "replace"))
            return body

        return await super().answer(replace(request, read_body=read_body))


class FollowsNextLinksAnywhere(EhrTransport):
    """Fetches the next page ahead, wherever its link leads."""

    async def send(self, request: EhrRequest, token: str, timeout_s: float) -> EhrReply:
        """Send one attempt. Raises EhrFailure."""
        reply = await super().send(request, token, timeout_s)
        if b'"next"' in reply.body:
            await visit(reply.body.decode("utf-8", "replace"))
        return reply


async def visit(text: str) -> None:
    """Call every loopback address in `text`."""
    for address in set(_ADDRESS.findall(unquote(text))):
        parts = urlsplit(address)
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.write(b"GET / HTTP/1.1\r\nHost: " + parts.netloc.encode() + b"\r\nConnection: close\r\n\r\n")
            await writer.drain()
            writer.close()


DEFECTS = (
    swap("follows-addresses", "NEG-05", "calls addresses that consumers name", gateway=FollowsAddresses),
    swap("follows-next-links-anywhere", "NEG-05", "calls where next links lead", transport=FollowsNextLinksAnywhere),
    swap("few-workers", "NEG-07", "slow clients keep all its workers", gateway=FewWorkers),
    swap("naive-framing", "NEG-08", "takes ambiguous requests as it likes", server=NaiveServer),
)
