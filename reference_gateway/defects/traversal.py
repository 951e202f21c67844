"""Defects in following references from one record to another (AUT-05)."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlencode

from reference_gateway.defects.defect import swap
from reference_gateway.exchange import FHIR_JSON, Answer, ConsumerRequest, Exchange
from reference_gateway.gateway import Gateway
from reference_gateway.json_text import Json, read, write
from reference_gateway.reads import ehr_request
from reference_gateway.search_rules import parse_query
from reference_gateway.searches import Searches


class FollowsReferencesUnasked(Gateway):
    """Keeps what it delivered, and serves from there what references lead to: the token is asked for the match only."""

    def __init__(self, *parts: Any, **named: Any) -> None:
        super().__init__(*parts, **named)
        self._known: dict[str, Json] = {}

    async def answer(self, request: ConsumerRequest) -> Answer:
        """Return the answer, with what its references lead to."""
        answer = await super().answer(request)
        if request.method != "GET":
            return answer
        if answer.status == 200:
            self._keep(answer)
        known = list(self._led_to(request))
        if not known or not request.header("Authorization"):
            return answer
        return Answer(200, write(_searchset(known)), {"Content-Type": FHIR_JSON})

    def _keep(self, answer: Answer) -> None:
        content = read(answer.body) if answer.body.startswith(b"{") else {}
        if content.get("id") and content.get("resourceType") in ("Encounter", "Condition"):
            self._known[f"{content['resourceType']}/{content['id']}"] = content

    def _led_to(self, request: ConsumerRequest) -> Iterable[Json]:
        """Yield what is known of the other side of a reference in the request."""
        path = unquote(request.raw_path)
        if path.endswith(("/Condition", "/$everything")) and "/Patient/" in path:
            yield from self._of(path.rpartition("/Patient/")[2].partition("/")[0])
        if "/Encounter/" in path and "system/" not in _scope(request):
            yield from (item for name, item in self._known.items() if path.endswith(name))
        for name, value in parse_query(request.raw_query):
            if name.partition(":")[0] in ("_include", "_revinclude"):
                yield from self._known.values()
            elif name == "encounter":
                yield from (item for key, item in self._known.items() if key == f"Encounter/{value}")
            elif name.endswith(".patient"):
                yield from self._of(value)

    def _of(self, patient: str) -> Iterable[Json]:
        owner = f"Patient/{patient}"
        return (item for item in self._known.values() if item.get("subject", {}).get("reference") == owner)


class IncludesAnybody(Searches):
    """Serves `_include` itself: reads what matches refer to, and does not ask whose it is."""

    async def serve(self, exchange: Exchange) -> Answer:
        """Return a searchset with what its matches refer to. Raises Refusal and EhrFailure."""
        asked = exchange.request
        pairs = parse_query(asked.raw_query)
        rest = [pair for pair in pairs if pair[0].partition(":")[0] != "_include"]
        exchange.request = replace(asked, raw_query=urlencode(rest))
        answer = await super().serve(exchange)
        if len(rest) == len(pairs):
            return answer
        bundle = read(answer.body)
        visits = {entry["resource"].get("encounter", {}).get("reference") for entry in bundle.get("entry", ())}
        for visit in sorted(filter(None, visits)):
            reply = await self.ehr.call(ehr_request(exchange, "GET", visit))
            bundle["entry"] += [{"resource": read(reply.body), "search": {"mode": "include"}}]
        return Answer(200, write(bundle), dict(answer.headers))


def _searchset(resources: Iterable[Json]) -> Json:
    entries = [{"resource": resource, "search": {"mode": "include"}} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


def _scope(request: ConsumerRequest) -> str:
    """Return the claims of the request's token as text, unverified."""
    part = [*request.header("Authorization").split("."), "", ""][1]
    return urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8", "replace")


DEFECTS = (
    swap(
        "follows-references-unasked", "AUT-05", "serves whatever references lead to", gateway=FollowsReferencesUnasked
    ),
    swap("includes-anybody", "AUT-05", "includes whatever its own token may read", searches=IncludesAnybody),
)
