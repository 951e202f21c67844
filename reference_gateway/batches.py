"""Batches: POST [base] with a Bundle of requests, each served by itself (http://hl7.org/fhir/R4/http.html#transaction).

A transaction is refused as a whole: an EHR without transactions cannot take half of one back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from multidict import CIMultiDict, CIMultiDictProxy

from reference_gateway.exchange import FHIR_JSON, Answer, ConsumerRequest, Exchange
from reference_gateway.json_text import Json, MalformedJson, read_strict, write
from reference_gateway.refusal import Refusal, invalid
from reference_gateway.request_limits import RequestLimits

LARGEST_BATCH = 50
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
_CONDITIONS: Mapping[str, str] = {
    "ifNoneMatch": "If-None-Match",
    "ifMatch": "If-Match",
    "ifModifiedSince": "If-Modified-Since",
    "ifNoneExist": "If-None-Exist",
}
_OF_THE_ENVELOPE = ("Content-Length", "Transfer-Encoding", "Idempotency-Key", *_CONDITIONS.values())

Serve = Callable[[Exchange, ConsumerRequest], Awaitable[Answer]]


@dataclass(frozen=True)
class Entry:
    """One request of a batch: method, path and query relative to the base, conditional headers, body."""

    method: str
    path: str
    query: str
    conditions: Mapping[str, str]
    body: bytes


class Batches:
    """Serves batches. `serve_entry` takes one request through the gateway on behalf of the batch's caller."""

    def __init__(self, base_path: str, limits: RequestLimits, serve_entry: Serve) -> None:
        self.base_path = base_path
        self.limits = limits
        self.serve_entry = serve_entry

    async def serve(self, exchange: Exchange) -> Answer:
        """Return the batch-response. Raises Refusal for what is no batch, or too large a one."""
        raw = await self.limits.body(exchange.request)
        exchange.restart_budget()
        entries = self.entries(raw)
        answers = await self.answers(exchange, [self.request(exchange, entry) for entry in entries])
        bundle = {
            "resourceType": "Bundle",
            "type": "batch-response",
            "entry": [self.response(answer) for answer in answers],
        }
        return Answer(200, write(bundle), {"Content-Type": FHIR_JSON})

    async def answers(self, exchange: Exchange, requests: list[ConsumerRequest]) -> list[Answer]:
        """Return the answer to each request, in order; they are served side by side."""
        return list(await asyncio.gather(*(self.serve_entry(exchange, request) for request in requests)))

    def entries(self, raw: bytes) -> list[Entry]:
        """Return the requests of a batch. Raises Refusal 400, 413 or 501."""
        try:
            bundle = read_strict(raw)
        except MalformedJson as error:
            raise invalid(str(error), code="structure") from None
        if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
            raise invalid("the base takes a Bundle of type batch", code="structure")
        self.check_type(bundle)
        entries = bundle.get("entry", [])
        if not isinstance(entries, list) or not entries:
            raise invalid("a batch needs at least one entry", code="required")
        if len(entries) > LARGEST_BATCH:
            raise Refusal(413, "too-costly", f"a batch may have {LARGEST_BATCH} entries at most", reason="limit")
        return [self.entry(item, number) for number, item in enumerate(entries)]

    def check_type(self, bundle: Json) -> None:
        """Raise Refusal 501 for a transaction, 400 for another type than batch."""
        if bundle.get("type") == "transaction":
            text = "transactions are not served: the EHR cannot take half of one back; send a batch"
            raise Refusal(501, "not-supported", text, reason="transaction")
        if bundle.get("type") != "batch":
            raise invalid("the Bundle must be of type batch", code="value")

    def entry(self, item: Any, number: int) -> Entry:
        """Return one entry's request. Raises Refusal 400 when it is none."""
        request = item.get("request") if isinstance(item, dict) else None
        if not isinstance(request, dict) or request.get("method") not in _METHODS:
            raise invalid(f"entry {number} has no request with a method", code="structure")
        url = request.get("url")
        if not isinstance(url, str) or not url or not url.isascii() or not url.isprintable() or "#" in url:
            raise invalid(f"entry {number} has no url relative to the base", code="structure")
        path, _, query = url.partition("?")
        conditions = {
            header: value for name, header in _CONDITIONS.items() if isinstance(value := request.get(name), str)
        }
        resource = item.get("resource")
        return Entry(request["method"], path, query, conditions, write(resource) if resource else b"")

    def request(self, exchange: Exchange, entry: Entry) -> ConsumerRequest:
        """Return an entry as a request of its own."""
        headers = CIMultiDict(exchange.request.headers)
        for name in _OF_THE_ENVELOPE:
            headers.popall(name, None)
        if "respond-async" in headers.get("Prefer", ""):
            del headers["Prefer"]  # an entry has no status of its own
        headers.update(entry.conditions)

        async def read_body(_limit: int) -> bytes:
            return entry.body  # a part of a body that was within the limit

        path = f"{self.base_path}/{entry.path}"
        return ConsumerRequest(entry.method, path, entry.query, CIMultiDictProxy(headers), read_body)

    def response(self, answer: Answer) -> Json:
        """Return an entry's answer as an entry of the response."""
        reason = HTTPStatus(answer.status).phrase if answer.status in set(HTTPStatus) else ""
        response: Json = {"status": f"{answer.status} {reason}".strip()}
        for header, name in (("Location", "location"), ("ETag", "etag")):
            if header in answer.headers:
                response[name] = answer.headers[header]
        content = read_strict(answer.body) if answer.body else None
        if answer.status >= 400:
            return {"response": {**response, "outcome": content} if content else response}
        return {"resource": content, "response": response} if content else {"response": response}
