"""Defects in meeting malformed and hostile input, from consumers and from the EHR (NEG)."""

from __future__ import annotations

import copy
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote, urlencode

from reference_gateway.creates import Creates, answer
from reference_gateway.defects.defect import swap
from reference_gateway.ehr_client import Caller as Ehr
from reference_gateway.ehr_request import EhrFailure, EhrReply, EhrRequest
from reference_gateway.exchange import FHIR_JSON, Answer, ConsumerRequest, Exchange, Target
from reference_gateway.gateway import Gateway
from reference_gateway.json_text import Json, MalformedJson, read_strict
from reference_gateway.patient_guard import PatientGuard
from reference_gateway.payloads import UNREADABLE
from reference_gateway.reads import Reads, ehr_request
from reference_gateway.refusal import Refusal
from reference_gateway.request_limits import RequestLimits
from reference_gateway.routes import TYPES, Routes
from reference_gateway.search_rules import Search, SearchRules, parse_query
from reference_gateway.write_rules import WriteRules

_CONTROL = re.compile(r"[\x00-\x1f]")


class _Forwarded(Exception):
    """The EHR's answer to a body that was sent on unread."""

    def __init__(self, reply: EhrReply) -> None:
        super().__init__()
        self.reply = reply


class ForwardsMalformedJson(Creates):
    """Sends bodies that it cannot read to the EHR as they are."""

    async def content(self, exchange: Exchange) -> Any:
        """Return the parsed body, or forward it."""
        raw = await self.limits.body(exchange.request)
        try:
            content = read_strict(raw)
        except MalformedJson:
            content = None
        if isinstance(content, dict):
            return content
        request = ehr_request(exchange, "POST", str(exchange.target.resource_type), body=raw)
        raise _Forwarded(await self.ehr.call(request))

    async def serve(self, exchange: Exchange) -> Answer:
        """Return the answer, for a forwarded body the EHR's."""
        try:
            return await super().serve(exchange)
        except _Forwarded as forwarded:
            if forwarded.reply.status != 201:
                raise self.errors.refusal(forwarded.reply) from None
            return answer(self.created(str(exchange.target.resource_type), "unknown"))


class SkipsResourceValidation(WriteRules):
    """Takes any JSON object for a resource."""

    def check(self, content: Any, resource_type: str) -> Json:
        """Return the content as it is."""
        return content if isinstance(content, dict) else super().check(content, resource_type)


class TakesAnyId(WriteRules):
    """Believes the address of an update, whatever id the body has."""

    def check_update(self, content: Any, resource_type: str, resource_id: str) -> Json:
        """Return the resource under the address's id. Raises Refusal."""
        named = {**content, "id": resource_id} if isinstance(content, dict) else content
        return super().check_update(named, resource_type, resource_id)


@dataclass(frozen=True)
class NoBodyLimit(RequestLimits):
    """Reads bodies of any size."""

    body_bytes: int = 10**12


@dataclass(frozen=True)
class NoHeadLimit(RequestLimits):
    """Takes addresses and headers as long as the server below reads them."""

    def check_head(self, request: ConsumerRequest) -> None:
        """Accept."""


class PassesOnAnyCount(SearchRules):
    """Hands the size of a page on as it came."""

    def read(self, resource_type: str, raw_query: str, prefer: str) -> Search:
        """Return the search with the count in it. Raises Refusal 400."""
        counts = [pair for pair in parse_query(raw_query) if pair[0] == "_count"]
        rest = urlencode([pair for pair in parse_query(raw_query) if pair[0] != "_count"])
        search = super().read(resource_type, rest, prefer)
        return replace(search, count=counts[0][1]) if counts else search  # type: ignore[arg-type]  # unchecked: a text


class DecodesPathTraversal(Routes):
    """Decodes a path twice, and takes what follows the type, up to a control character, for an id."""

    def resolve(self, method: str, raw_path: str) -> Target:
        """Return the target; a crafted path becomes a read whose id leads elsewhere."""
        target = super().resolve(method, raw_path)
        head, _, rest = raw_path.removeprefix(self.base_path + "/").partition("/")
        if method != "GET" or target.refusal is None or head not in TYPES or not rest:
            return target
        decoded = _CONTROL.split(unquote(unquote(rest)))[0]
        return Target("read", head, posixpath.normpath(decoded))


class PassesBrokenUpstream(Reads):
    """Passes on what it cannot read."""

    async def serve(self, exchange: Exchange) -> Answer:
        """Return the record, or the EHR's bytes when they are no FHIR JSON."""
        reads, tap = copy.copy(self), _Tap(self.ehr)
        reads.ehr = tap
        try:
            return await Reads.serve(reads, exchange)
        except Refusal as refusal:
            if refusal.reason != UNREADABLE:
                raise
        except EhrFailure as failure:
            if failure.kind != "broken":
                raise
        return Answer(200, tap.last, {"Content-Type": FHIR_JSON})


class _Tap:
    """Remembers the last body that came through."""

    def __init__(self, ehr: Ehr) -> None:
        self._ehr = ehr
        self.last = b""

    async def call(self, request: EhrRequest) -> EhrReply:
        """Call the EHR."""
        reply = await self._ehr.call(request)
        self.last = reply.body
        return reply


class SkipsPatientGuard(PatientGuard):
    """Does not look whose data came."""

    def check_read(self, resource: Json, resource_type: str, resource_id: str) -> None:
        """Accept."""

    def check_match(self, resource: Json, patient: str | None) -> None:
        """Accept."""


class ChattyHeaders(Gateway):
    """Names its software and says nothing about caches."""

    def common_headers(self) -> Mapping[str, str]:
        """Return the headers of every answer."""
        return {"Server": "reference-gateway/0.1.0 Python/3.11 aiohttp/3.14"}


DEFECTS = (
    swap("forwards-malformed-json", "NEG-01", "sends unreadable bodies to the EHR", creates=ForwardsMalformedJson),
    swap("skips-resource-validation", "NEG-02", "writes anything that is JSON", write_rules=SkipsResourceValidation),
    swap("takes-any-id", "NEG-02", "updates whatever id the body has", write_rules=TakesAnyId),
    swap("no-body-limit", "NEG-03", "reads bodies of any size", limits=NoBodyLimit),
    swap("no-head-limit", "NEG-03", "takes addresses and headers of any size", limits=NoHeadLimit),
    swap("passes-on-any-count", "NEG-03", "hands any page size on", search_rules=PassesOnAnyCount),
    swap("decodes-path-traversal", "NEG-04", "decodes paths twice and takes any id", routes=DecodesPathTraversal),
    swap("passes-broken-upstream", "NEG-09", "passes on what it cannot read", reads=PassesBrokenUpstream),
    swap("skips-patient-guard", "NEG-10", "does not look whose data came", guard=SkipsPatientGuard),
    swap("chatty-headers", "NEG-11", "names its software, allows caching", gateway=ChattyHeaders),
)
