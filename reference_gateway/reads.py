"""Reads: GET [base]/[type]/[id]."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from reference_gateway.access import AccessPolicy
from reference_gateway.compartment import patients_of
from reference_gateway.consent_guard import ConsentGuard
from reference_gateway.ehr_client import Caller as Ehr
from reference_gateway.ehr_errors import EhrErrors
from reference_gateway.ehr_request import EhrRequest
from reference_gateway.exchange import FHIR_JSON, STABLE, Answer, Exchange
from reference_gateway.json_text import Json, write
from reference_gateway.records import Records
from reference_gateway.search_rules import parse_query, require_plain_format

PURPOSE_HEADER = "X-Purpose-Of-Use"
Delivered = Callable[[int], None]  # told the size of each delivered body in bytes


class Reads:
    """Serves reads."""

    def __init__(
        self,
        *,
        access: AccessPolicy,
        consent: ConsentGuard,
        ehr: Ehr,
        records: Records,
        errors: EhrErrors,
        delivered: Delivered,
    ) -> None:
        self.access = access
        self.consent = consent
        self.ehr = ehr
        self.records = records
        self.errors = errors
        self.delivered = delivered

    async def serve(self, exchange: Exchange) -> Answer:
        """Return the record. Raises Refusal and EhrFailure."""
        resource_type, resource_id = exchange.target.resource_type, exchange.target.resource_id
        assert exchange.caller is not None  # noqa: S101 - the pipeline sets it before
        assert resource_type is not None  # noqa: S101 - routes set it for reads
        assert resource_id is not None  # noqa: S101 - routes set it for reads
        decision = self.access.decide(exchange.caller, resource_type, "r")
        exchange.policy = decision.policy
        if resource_type == "Patient":
            exchange.patient = resource_id
        self.access.check_read(decision, resource_type, resource_id)
        require_plain_format(parse_query(exchange.request.raw_query))
        if resource_type == "Patient":
            await self.consent.admit(exchange, resource_id)
        reply = await self.ehr.call(ehr_request(exchange, "GET", f"{resource_type}/{resource_id}"))
        if reply.status != 200:
            raise self.errors.refusal(reply)
        resource = self.records.one(reply, resource_type, resource_id)
        exchange.patient = next(iter(patients_of(resource)), None)
        self.access.check_delivery(decision, resource)
        return self.answer(exchange, await self.consent.checked(exchange, resource))

    def answer(self, exchange: Exchange, resource: Json) -> Answer:
        """Return 200, or 304 when the consumer holds this very content (RFC 9110 section 13.1.2)."""
        body = write(resource)
        tag = entity_tag(body)
        asked = exchange.request.header("If-None-Match")
        if tag in [item.strip() for item in asked.split(",")]:
            return Answer(304, b"", {"ETag": tag})
        self.delivered(len(body))
        return Answer(200, body, {"Content-Type": FHIR_JSON, "ETag": tag})


def entity_tag(body: bytes) -> str:
    """Return the ETag of a record as it is delivered (RFC 9110 section 8.8.3), weak as FHIR has it."""
    return f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'


def ehr_request(
    exchange: Exchange,
    method: str,
    path: str,
    *,
    query: tuple[tuple[str, str], ...] = (),
    private: bool = False,
    body: bytes | None = None,
) -> EhrRequest:
    """Return a call to the EHR on behalf of an exchange."""
    return EhrRequest(
        method=method,
        path=path,
        resource_type=exchange.target.resource_type or "",
        correlation_id=exchange.correlation_id,
        traceparent=exchange.traceparent,
        deadline=exchange.deadline,
        lane=exchange.lane,
        route=exchange.route or STABLE,
        query=query,
        private=private,
        body=body,
        headers={PURPOSE_HEADER: exchange.purpose} if exchange.purpose else {},
        rights=exchange.rights,
        served_stale=exchange.stale_s.append,
    )
