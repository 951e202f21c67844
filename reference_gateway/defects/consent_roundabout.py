"""Defects in consent where nobody looks for it: inclusions, counts, writes, exports (CST-01 to CST-04)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from reference_gateway.bulk_export import BulkExports
from reference_gateway.bundles import EhrPage
from reference_gateway.consent_guard import PURPOSES, EnforcedConsent
from reference_gateway.defects.defect import swap
from reference_gateway.exchange import FHIR_JSON, Answer, Caller, Exchange
from reference_gateway.json_text import Json, read, write
from reference_gateway.paging import Page
from reference_gateway.reads import ehr_request
from reference_gateway.search_rules import Pairs, parse_query
from reference_gateway.searches import Searches

_INCLUDING = ("_include", "_revinclude")
_COUNTING = ("_summary", "_total", "_count")
_ALL = "500"


class UnaskedForInclusions(Searches):
    """Serves `_include` and `_revinclude`, and asks consent about the matches only."""

    async def serve(self, exchange: Exchange) -> Answer:
        """Return the searchset with what comes along. Raises Refusal and EhrFailure."""
        pairs = parse_query(exchange.request.raw_query)
        plain = tuple(pair for pair in pairs if pair[0].partition(":")[0] not in _INCLUDING)
        if plain == pairs:
            return await super().serve(exchange)
        exchange.request = replace(exchange.request, raw_query=urlencode(plain))
        bundle = read((await super().serve(exchange)).body)
        along = [{"resource": item, "search": {"mode": "include"}} for item in await self.along(exchange)]
        return self.answer({**bundle, "entry": [*bundle.get("entry", []), *along]})

    async def along(self, exchange: Exchange) -> list[Json]:
        """Return the visits of a patient's conditions, or the conditions of a patient's visits."""
        wanted = "Encounter" if exchange.target.resource_type == "Condition" else "Condition"
        query = (("patient", str(exchange.patient)), ("_count", _ALL))
        reply = await self.ehr.call(ehr_request(exchange, "GET", wanted, query=query))
        page = self.bundles.read(self.records.payloads.document(reply), wanted)
        return self.records.matches(page.matches, wanted, exchange.patient, ())


class CountsBeforeItWithholds(Searches):
    """Serves counts, of everything that the EHR has."""

    found = 0

    async def serve(self, exchange: Exchange) -> Answer:
        """Return the searchset with the EHR's count. Raises Refusal and EhrFailure."""
        pairs = parse_query(exchange.request.raw_query)
        plain: Pairs = tuple(pair for pair in pairs if pair[0] not in _COUNTING)
        if plain == pairs:
            return await super().serve(exchange)
        exchange.request = replace(exchange.request, raw_query=urlencode(plain))
        bundle = read((await super().serve(exchange)).body)
        return Answer(
            200,
            write({**bundle, "total": self.found, "entry": bundle.get("entry", [])[:1]}),
            {"Content-Type": FHIR_JSON},
        )

    async def ask(self, exchange: Exchange, page: Page) -> EhrPage:
        """Return the EHR's page, and remember how much it is. Raises Refusal and EhrFailure."""
        found = await super().ask(exchange, page)
        self.found = len(self.records.matches(found.matches, page.resource_type, page.patient, page.filters))
        return found


class AsksNoPurposeOfWrites(EnforcedConsent):
    """Takes whoever writes for a doctor."""

    def identify(self, exchange: Exchange) -> None:
        """Establish the purpose of use. Raises Refusal."""
        if exchange.caller and _writes(exchange) and exchange.caller.purpose not in PURPOSES:
            exchange.caller = replace(exchange.caller, purpose="TREAT")
        super().identify(exchange)


class UnaskedOnWrites(EnforcedConsent):
    """Asks consent about what is seen, not about what is written."""

    async def admit(self, exchange: Exchange, patient: str) -> None:
        """Admit whoever writes. Raises Refusal."""
        if not _writes(exchange):
            await super().admit(exchange, patient)


class UnaskedOnUpdates(EnforcedConsent):
    """Takes the consent to write for the consent to change what is there."""

    async def checked(self, exchange: Exchange, resource: Json) -> Json:
        """Return a record as it may be delivered. Raises Refusal."""
        return resource if exchange.target.interaction == "update" else await super().checked(exchange, resource)


class CollectsExportsAtOnce(BulkExports):
    """Collects an export when it begins, and hands that out whatever has been said since."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.collected: dict[tuple[str | None, str], list[Json]] = {}

    async def begin(self, exchange: Exchange, caller: Caller) -> Answer:
        """Return 202 when everything is there. Raises Refusal and EhrFailure."""
        answer = await super().begin(exchange, caller)
        job = self.searches.pages.open(answer.headers["Content-Location"].rpartition("=")[2], caller)
        for _, patient in job.ehr_query:
            for _, kind in job.filters:
                page = Page(kind, patient, (("patient", patient), ("_count", _ALL)), ())
                self.collected[patient, kind] = await super().records(exchange, page)
        return answer

    async def is_permitted(self, exchange: Exchange, patient: str) -> bool:  # noqa: ARG002 - the honest signature
        """Hand out what is collected."""
        return True

    async def file(self, exchange: Exchange, caller: Caller, page: Page) -> Answer:  # noqa: ARG002 - the honest signature
        """Return what was collected."""
        body = b"".join([write(resource) + b"\n" for resource in self.collected[page.patient, page.resource_type]])
        return Answer(200, body, {"Content-Type": "application/fhir+ndjson"})


def _writes(exchange: Exchange) -> bool:
    return exchange.target.interaction in ("create", "update")


_swap = partial(swap, target="consent")

DEFECTS = (
    _swap("consent-unasked-for-inclusions", "CST-01", "includes what is withheld", searches=UnaskedForInclusions),
    _swap(
        "counts-before-it-withholds", "CST-01", "counts on request what is withheld", searches=CountsBeforeItWithholds
    ),
    _swap("collects-exports-at-once", "CST-04", "exports what was permitted once", bulk=CollectsExportsAtOnce),
    _swap("asks-no-purpose-of-writes", "CST-02", "writes without a purpose of use", consent=AsksNoPurposeOfWrites),
    _swap("consent-unasked-on-writes", "CST-02", "writes without consent", consent=UnaskedOnWrites),
    _swap("consent-unasked-on-updates", "CST-01", "lets what is withheld be changed", consent=UnaskedOnUpdates),
)
