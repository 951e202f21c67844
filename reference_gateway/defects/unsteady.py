"""Defects in meeting an EHR that is odd or unsteady (NEG-09, RES-06)."""

from __future__ import annotations

import asyncio

import aiohttp
from yarl import URL

from reference_gateway.defects.defect import swap
from reference_gateway.ehr_client import Caller, EhrClient
from reference_gateway.ehr_request import EhrFailure, EhrReply, EhrRequest
from reference_gateway.ehr_transport import EhrTransport
from reference_gateway.exchange import Answer, Exchange
from reference_gateway.reads import Reads

_SUSTAINED = 100
_OURS = frozenset(("content-type", "content-length", "transfer-encoding", "content-encoding", "connection", "etag"))


class PassesOnAnswerHeaders(Reads):
    """Passes on the headers of the EHR's answers, and of their framing whatever it takes for harmless."""

    async def serve(self, exchange: Exchange) -> Answer:
        """Return the record with the EHR's headers. Raises Refusal and EhrFailure."""
        tap = _HeaderTap(self.ehr)
        answer = await self.tapped(tap).serve(exchange)
        passed = {name: value for name, value in tap.last.items() if name not in _OURS}
        return Answer(answer.status, answer.body, {**passed, **answer.headers})

    def tapped(self, tap: _HeaderTap) -> Reads:
        """Return honest reads that the tap listens to."""
        return Reads(
            access=self.access,
            consent=self.consent,
            ehr=tap,
            records=self.records,
            errors=self.errors,
            delivered=self.delivered,
        )


class _HeaderTap:
    """Remembers the headers of the last answer."""

    def __init__(self, ehr: Caller) -> None:
        self._ehr = ehr
        self.last: dict[str, str] = {}

    async def call(self, request: EhrRequest) -> EhrReply:
        """Call the EHR."""
        reply = await self._ehr.call(request)
        self.last = dict(reply.headers)
        return reply


class TakesHintsForAnswers(EhrTransport):
    """Speaks HTTP in a way of its own: what comes first is the answer."""

    async def _exchange(self, session: aiohttp.ClientSession, request: EhrRequest, token: str) -> EhrReply:
        """Return the first head that comes and all bytes after it."""
        if not request.safe or request.private:
            return await super()._exchange(session, request, token)
        url = URL(f"{self._base_url}/{request.path}", encoded=True).with_query(request.query)
        reader, writer = await asyncio.open_connection(url.host, url.port)
        try:
            lines = [f"GET {url.raw_path_qs} HTTP/1.1", f"Host: {url.authority}", f"Authorization: Bearer {token}"]
            writer.write("\r\n".join([*lines, "Accept: application/fhir+json", "Connection: close", "", ""]).encode())
            head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
        finally:
            writer.close()
        first, *fields = head.decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        return EhrReply(int(first.split(" ")[1]), headers, body)


class OpensAtFirstFailure(EhrClient):
    """Takes each failure for an outage: the breaker opens at once."""

    async def _attempts(self, request: EhrRequest, *, only_one: bool) -> EhrReply:  # noqa: ARG002 - honest signature
        """Send the one attempt. Raises EhrFailure."""
        try:
            return await self.attempt(request)
        except EhrFailure as failure:
            for _ in range(_SUSTAINED):
                self.breakers.failed(request.resource_type, failure)
            raise


DEFECTS = (
    swap("passes-on-answer-headers", "NEG-09", "passes on headers of the EHR", reads=PassesOnAnswerHeaders),
    swap("takes-hints-for-answers", "RES-04", "takes a 103 for the answer", transport=TakesHintsForAnswers),
    swap("opens-at-first-failure", "RES-06", "one failure opens its breaker", ehr_client=OpensAtFirstFailure),
)
