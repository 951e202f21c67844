"""Defects in what stands in addresses and trace headers (PHI-02, PHI-03, AUT-05, AUT-07, NEG-04)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from posixpath import normpath
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from multidict import CIMultiDict, CIMultiDictProxy

from reference_gateway.access import AccessPolicy, Decision
from reference_gateway.bundles import Bundles, Pairs
from reference_gateway.defects.defect import swap
from reference_gateway.ehr_request import EhrReply, EhrRequest
from reference_gateway.ehr_transport import EhrTransport
from reference_gateway.exchange import Answer, ConsumerRequest, Exchange
from reference_gateway.gateway import Gateway
from reference_gateway.json_text import Json
from reference_gateway.request_limits import FORM
from reference_gateway.routes import POSTED_SEARCH
from reference_gateway.search_rules import Search, SearchRules
from reference_gateway.searches import Searches

_CONTROL = re.compile(r"[\x00-\x1f]")


class AsksByAddress(EhrTransport):
    """Puts every search into an address."""

    def posted(self, request: EhrRequest) -> EhrRequest:
        """Return the search as it is."""
        return request


class SendsTokenByAddress(EhrTransport):
    """Sends its token in the address, too, for a proxy that lost the header once."""

    async def send(self, request: EhrRequest, token: str, timeout_s: float) -> EhrReply:
        """Send one attempt. Raises EhrFailure."""
        changed = request if request.method != "GET" else replace(request, query=(*request.query, ("_token", token)))
        return await super().send(changed, token, timeout_s)


class NamesPatientInBaggage(EhrTransport):
    """Tells whoever collects traces what was searched for."""

    async def send(self, request: EhrRequest, token: str, timeout_s: float) -> EhrReply:
        """Send one attempt. Raises EhrFailure."""
        baggage = ",".join(f"search.{name}={quote(value)}" for name, value in request.query)
        headers = {**request.headers, **({"baggage": baggage} if baggage else {})}
        return await super().send(replace(request, headers=headers), token, timeout_s)


class NamesInNextLinks(Bundles):
    """Repeats the search in the address of the next page."""

    def write(self, resource_type: str, resources: Sequence[Json], used: Pairs, next_token: str | None) -> Json:
        """Return our searchset."""
        bundle = super().write(resource_type, resources, used, next_token)
        for link in bundle["link"]:
            if link["relation"] == "next":
                link["url"] += "&" + urlencode(used)
        return bundle


class RedirectsPostedSearches(Searches):
    """Answers a form with the address that says the same."""

    async def serve(self, exchange: Exchange) -> Answer:
        """Return a redirect for a form, else a searchset. Raises Refusal and EhrFailure."""
        if exchange.request.method != "POST":
            return await super().serve(exchange)
        query = await self.limits.query(exchange.request)
        place = f"{self.bundles.base_url}/{exchange.target.resource_type}?{query}"
        return Answer(303, b"", {"Location": place})


class IgnoresPatientScopeOfForms(Searches):
    """Limits searches by address to the token's patient, and forgets those by form."""

    async def serve(self, exchange: Exchange) -> Answer:
        """Return a searchset. Raises Refusal and EhrFailure."""
        honest = self.access
        if exchange.request.method == "POST":
            self.access = _Unlimited()
        try:
            return await super().serve(exchange)
        finally:
            self.access = honest


class _Unlimited(AccessPolicy):
    def patient_for_search(self, decision: Decision, asked: str | None) -> str | None:  # noqa: ARG002 - the honest one
        """Return what was asked for."""
        return asked


class AcceptsFormToken(Gateway):
    """Takes a token out of a form."""

    async def answer(self, request: ConsumerRequest) -> Answer:
        """Return the answer to the request, its token moved from the form into the header."""
        if request.header("Content-Type").startswith(FORM) and request.raw_path.endswith(POSTED_SEARCH):
            request = await _moved(request)
        return await super().answer(request)


async def _moved(request: ConsumerRequest) -> ConsumerRequest:
    form = (await request.read_body(8_000)).decode("ascii", "replace")
    pairs = parse_qsl(form, keep_blank_values=True)
    tokens = [value for name, value in pairs if name == "access_token"]
    rest = urlencode([(name, value) for name, value in pairs if name != "access_token"]).encode()
    headers: CIMultiDict[Any] = CIMultiDict(request.headers)
    if tokens:
        headers["Authorization"] = f"Bearer {tokens[0]}"

    async def read_body(_limit: int) -> bytes:
        return rest

    return replace(request, headers=CIMultiDictProxy(headers), read_body=read_body)


class TidiesParameters(SearchRules):
    """Makes of a parameter what was surely meant: decodes it again, cuts it at a control character, tidies its path."""

    def read(self, resource_type: str, raw_query: str, prefer: str) -> Search:
        """Return the search of the tidied parameters. Raises Refusal."""
        text = unquote(unquote(unquote(raw_query)))
        pairs = dict(part.partition("=")[::2] for part in text.split("&"))
        tidy = {_CONTROL.sub("", name): _tidied(value) for name, value in pairs.items()}
        return super().read(resource_type, urlencode(tidy), prefer)


def _tidied(value: str) -> str:
    value = _CONTROL.split(value)[0].rstrip("#")
    return normpath(value) if ".." in value else value


DEFECTS = (
    swap("tidies-parameters", "NEG-04", "makes other parameters of odd ones", search_rules=TidiesParameters),
    swap("asks-by-address", "PHI-03", "sends names to the EHR in addresses", transport=AsksByAddress),
    swap("sends-token-by-address", "PHI-03", "sends its token in addresses", transport=SendsTokenByAddress),
    swap("names-patient-in-baggage", "PHI-02", "tells traces what was searched for", transport=NamesPatientInBaggage),
    swap("names-in-next-links", "PHI-03", "repeats names in page links", bundles=NamesInNextLinks),
    swap("redirects-posted-searches", "PHI-03", "redirects forms to addresses", searches=RedirectsPostedSearches),
    swap("ignores-patient-scope-of-forms", "AUT-05", "finds others by form", searches=IgnoresPatientScopeOfForms),
    swap("accepts-form-token", "AUT-07", "accepts a token in a form", gateway=AcceptsFormToken),
)
