"""Updates: PUT [base]/[type]/[id], under the condition that the record is still the one the consumer has read.

The EHR knows neither versions nor conditions, so the gateway compares and writes for it, one update of a record at a
time (http://hl7.org/fhir/R4/http.html#concurrency). Without `If-Match` nothing is updated: the server may demand it.
"""

from __future__ import annotations

from typing import Any

from reference_gateway.access import AccessPolicy, Decision
from reference_gateway.compartment import patients_of
from reference_gateway.consent_guard import ConsentGuard
from reference_gateway.ehr_client import Caller as Ehr
from reference_gateway.ehr_errors import EhrErrors
from reference_gateway.exchange import Answer, Exchange
from reference_gateway.json_text import Json, MalformedJson, read_strict, write
from reference_gateway.reads import ehr_request, entity_tag
from reference_gateway.record_locks import RecordLocks
from reference_gateway.records import Records
from reference_gateway.refusal import Refusal, invalid
from reference_gateway.request_limits import RequestLimits
from reference_gateway.write_rules import WriteRules, unprocessable


class Updates:
    """Serves updates. The answer has no body: the EHR files a record in its own words, so a read tells the new tag."""

    def __init__(  # noqa: PLR0913 - its parts, each replaceable on its own
        self,
        *,
        access: AccessPolicy,
        consent: ConsentGuard,
        limits: RequestLimits,
        rules: WriteRules,
        locks: RecordLocks,
        ehr: Ehr,
        records: Records,
        errors: EhrErrors,
        stamp_system: str,
    ) -> None:
        self.access = access
        self.consent = consent
        self.limits = limits
        self.rules = rules
        self.locks = locks
        self.ehr = ehr
        self.records = records
        self.errors = errors
        self.stamp_system = stamp_system

    async def serve(self, exchange: Exchange) -> Answer:
        """Return 200. Raises Refusal (400 without If-Match, 412 when it does not match) and EhrFailure."""
        caller, target = exchange.caller, exchange.target
        assert caller is not None  # noqa: S101 - the pipeline sets it before
        assert target.resource_type is not None  # noqa: S101 - routes set it for updates
        assert target.resource_id is not None  # noqa: S101 - routes set it for updates
        decision = self.access.decide(caller, target.resource_type, "u")
        exchange.policy = decision.policy
        tags = self.condition(exchange)
        resource = self.rules.check_update(await self.content(exchange), target.resource_type, target.resource_id)
        exchange.patient = next(iter(patients_of(resource)), None)
        self.access.check_create(decision, resource)
        name = f"{target.resource_type}/{target.resource_id}"
        async with self.locks.hold(name, exchange.deadline):
            current = await self.current(exchange, decision)
            self.check_unchanged(tags, current)
            return await self.send(exchange, self.merged(resource, current))

    def condition(self, exchange: Exchange) -> set[str]:
        """Return the entity tags of If-Match. Raises Refusal 400 without any."""
        tags = {item.strip() for item in exchange.request.header("If-Match").split(",")} - {"", "*"}
        if not tags:
            text = "an update needs If-Match with the ETag of the read it is based on"
            raise invalid(text, code="required")
        return tags

    async def content(self, exchange: Exchange) -> Any:
        """Return the parsed body. Raises Refusal 400, 413 or 415."""
        raw = await self.limits.body(exchange.request)
        exchange.restart_budget()
        try:
            return read_strict(raw)
        except MalformedJson as error:
            raise invalid(str(error), code="structure") from None

    async def current(self, exchange: Exchange, decision: Decision) -> Json:
        """Return the record as a read delivers it now. Raises Refusal and EhrFailure."""
        resource_type, resource_id = str(exchange.target.resource_type), str(exchange.target.resource_id)
        reply = await self.ehr.call(ehr_request(exchange, "GET", f"{resource_type}/{resource_id}"))
        if reply.status != 200:
            raise self.errors.refusal(reply)
        current = self.records.one(reply, resource_type, resource_id)
        self.access.check_delivery(decision, current)
        if await self.consent.checked(exchange, current) != current:
            text = "this record cannot be updated through the gateway for this purpose"
            raise Refusal(403, "forbidden", text, reason="consent-partial")  # a part unseen would be written away
        return current

    def check_unchanged(self, tags: set[str], current: Json) -> None:
        """Raise Refusal 412 when the record is no longer the one that was read."""
        if entity_tag(write(current)) not in tags:
            text = "the record has changed since it was read; read it again before updating it"
            raise Refusal(412, "conflict", text, reason="version-conflict")

    def merged(self, resource: Json, current: Json) -> Json:
        """Return what is written: the consumer's content, with the gateway's own stamp of the create kept."""
        if patients_of(resource) != patients_of(current):
            raise unprocessable("a record stays with its patient", "business-rule")
        sent = resource.get("identifier", [])
        stamps = [item for item in current.get("identifier", []) if item.get("system") == self.stamp_system]
        kept = [*sent, *(item for item in stamps if item not in sent)]
        return {**resource, "identifier": kept} if kept else resource

    async def send(self, exchange: Exchange, resource: Json) -> Answer:
        """Write to the EHR. Raises Refusal (it refused) and EhrFailure (no answer)."""
        path = f"{exchange.target.resource_type}/{exchange.target.resource_id}"
        reply = await self.ehr.call(ehr_request(exchange, "PUT", path, body=write(resource)))
        if not 200 <= reply.status < 300:
            raise self.errors.refusal(reply)
        return Answer(200)
