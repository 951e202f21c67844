"""Searches: GET [base]/[type]?... or POST [base]/[type]/_search, and the pages that follow."""

from __future__ import annotations

from dataclasses import replace

from reference_gateway.access import AccessPolicy, Decision, insufficient_scope
from reference_gateway.bundles import Bundles, EhrPage
from reference_gateway.consent_guard import ConsentGuard
from reference_gateway.ehr_client import Caller as Ehr
from reference_gateway.ehr_errors import EhrErrors
from reference_gateway.exchange import FHIR_JSON, Answer, Caller, Exchange
from reference_gateway.json_text import Json, write
from reference_gateway.paging import PARAMETER, Page, PageTokens
from reference_gateway.reads import Delivered, ehr_request
from reference_gateway.records import Records
from reference_gateway.refusal import invalid
from reference_gateway.request_limits import RequestLimits
from reference_gateway.search_parameters import identifying
from reference_gateway.search_rules import Pairs, Search, SearchRules


class Searches:
    """Serves searches and their pages."""

    def __init__(  # noqa: PLR0913 - its parts, each replaceable on its own
        self,
        *,
        access: AccessPolicy,
        consent: ConsentGuard,
        limits: RequestLimits,
        rules: SearchRules,
        ehr: Ehr,
        records: Records,
        bundles: Bundles,
        pages: PageTokens,
        errors: EhrErrors,
        delivered: Delivered,
    ) -> None:
        self.access = access
        self.consent = consent
        self.limits = limits
        self.rules = rules
        self.ehr = ehr
        self.records = records
        self.bundles = bundles
        self.pages = pages
        self.errors = errors
        self.delivered = delivered

    async def serve(self, exchange: Exchange) -> Answer:
        """Return a searchset. Raises Refusal and EhrFailure."""
        caller, resource_type = exchange.caller, exchange.target.resource_type
        assert caller is not None  # noqa: S101 - the pipeline sets it before
        assert resource_type is not None  # noqa: S101 - routes set it for searches
        decision = self.access.decide(caller, resource_type, "s")
        exchange.policy = decision.policy
        request = exchange.request
        query = await self.limits.query(request)
        search = self.rules.read(resource_type, query, request.header("Prefer"))
        page, used = self.first_or_next(search, caller, decision)
        exchange.patient = page.patient
        if page.patient:
            await self.consent.admit(exchange, page.patient)
        found = await self.ask(exchange, page)
        resources = self.records.matches(found.matches, page.resource_type, page.patient, page.filters)
        resources = await self.consent.permitted(exchange, resources)
        bundle = self.bundles.write(resource_type, resources, used, self.next_token(page, found, caller))
        return self.answer(bundle)

    def first_or_next(self, search: Search, caller: Caller, decision: Decision) -> tuple[Page, Pairs]:
        """Return the page to fetch and the parameters to show in link[self]. Raises Refusal."""
        if search.page is None:
            search = self.rules.limited_to(search, self.access.patient_for_search(decision, search.patient))
            return Page(search.resource_type, search.patient, search.ehr_query(), search.filters), search.used()
        page = self.pages.open(search.page, caller)
        if self.access.patient_for_search(decision, page.patient) != page.patient:
            raise insufficient_scope("the token reaches its own patient only")
        if page.resource_type != search.resource_type:
            raise invalid("the page link belongs to another resource type")
        return page, ((PARAMETER, search.page),)

    async def ask(self, exchange: Exchange, page: Page) -> EhrPage:
        """Return the EHR's page. Raises Refusal and EhrFailure."""
        private = identifying(page.resource_type, (name for name, _ in page.ehr_query))
        asked = ehr_request(exchange, "GET", page.resource_type, query=page.ehr_query, private=private)
        reply = await self.ehr.call(asked)
        if reply.status != 200:
            raise self.errors.refusal(reply)
        return self.bundles.read(self.records.payloads.document(reply), page.resource_type)

    def next_token(self, page: Page, found: EhrPage, caller: Caller) -> str | None:
        """Return the token of the following page, None when this is the last."""
        if found.next_query is None:
            return None
        return self.pages.seal(replace(page, ehr_query=found.next_query), caller)

    def answer(self, bundle: Json) -> Answer:
        """Return the answer that carries a searchset."""
        body = write(bundle)
        self.delivered(len(body))
        return Answer(200, body, {"Content-Type": FHIR_JSON})
