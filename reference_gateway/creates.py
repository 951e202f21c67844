"""Creates: POST [base]/[type], with or without an idempotency key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from reference_gateway.access import AccessPolicy
from reference_gateway.compartment import patients_of
from reference_gateway.consent_guard import ConsentGuard
from reference_gateway.ehr_client import Caller as Ehr
from reference_gateway.ehr_errors import EhrErrors
from reference_gateway.ehr_request import EhrFailure, EhrReply
from reference_gateway.exactly_once import ExactlyOnce
from reference_gateway.exchange import FHIR_JSON, Answer, Exchange, Target
from reference_gateway.idempotency_keys import IdempotencyKeys, WriteKey
from reference_gateway.json_text import Json, MalformedJson, read_strict, write
from reference_gateway.lost_writes import LostWrites
from reference_gateway.reads import ehr_request
from reference_gateway.refusal import invalid
from reference_gateway.request_limits import RequestLimits
from reference_gateway.write_ledger import Outcome
from reference_gateway.write_rules import WriteRules

Wrote = Callable[[str, bool], None]  # told the type of each write that is done, and whether it was a replay


class Creates:
    """Serves creates. The answer has no body; Location says where the record is."""

    def __init__(  # noqa: PLR0913 - its parts, each replaceable on its own
        self,
        *,
        access: AccessPolicy,
        consent: ConsentGuard,
        limits: RequestLimits,
        rules: WriteRules,
        keys: IdempotencyKeys,
        once: ExactlyOnce,
        lost: LostWrites,
        ehr: Ehr,
        errors: EhrErrors,
        base_url: str,
        wrote: Wrote,
    ) -> None:
        self.access = access
        self.consent = consent
        self.limits = limits
        self.rules = rules
        self.keys = keys
        self.once = once
        self.lost = lost
        self.ehr = ehr
        self.errors = errors
        self.base_url = base_url
        self.wrote = wrote

    @property
    def stamp_system(self) -> str:
        """The system of the identifiers by which the gateway finds its own writes again."""
        return f"{self.base_url}/identifier/write"

    async def serve(self, exchange: Exchange) -> Answer:
        """Return 201 with Location. Raises Refusal and EhrFailure."""
        resource, key = await self.admitted(exchange)
        if key is None:
            return self.done(resource["resourceType"], await self.send(exchange, resource))
        return await self.keyed(exchange, resource, key)

    async def admitted(self, exchange: Exchange) -> tuple[Json, WriteKey | None]:
        """Return what is to be written and under which key, once all has been checked. Raises Refusal."""
        caller, resource_type = exchange.caller, exchange.target.resource_type
        assert caller is not None  # noqa: S101 - the pipeline sets it before
        assert resource_type is not None  # noqa: S101 - routes set it for creates
        decision = self.access.decide(caller, resource_type, "c")
        exchange.policy = decision.policy
        if "If-None-Exist" in exchange.request.headers:
            raise invalid("conditional create is not served", code="not-supported")
        resource = self.rules.check(await self.content(exchange), resource_type)
        exchange.patient = next(iter(patients_of(resource)), None)
        self.access.check_create(decision, resource)
        if exchange.patient:
            await self.consent.admit(exchange, exchange.patient)
        return resource, self.keys.read(exchange.request, caller.client_id, exchange.request.raw_path, resource)

    def done(self, resource_type: str, outcome: Outcome, *, replayed: bool = False) -> Answer:
        """Return the consumer's answer to a write, and count the write when it is done."""
        if outcome.status == 201:
            self.wrote(resource_type, replayed)
        return answer(outcome, replayed=replayed)

    async def content(self, exchange: Exchange) -> Any:
        """Return the parsed body. Raises Refusal 400, 413 or 415."""
        raw = await self.limits.body(exchange.request)
        exchange.restart_budget()
        try:
            return read_strict(raw)
        except MalformedJson as error:
            raise invalid(str(error), code="structure") from None

    async def keyed(self, exchange: Exchange, resource: Json, key: WriteKey) -> Answer:
        """Write once under a key: the record carries a stamp by which it is found again."""
        stamp: Json = {"system": self.stamp_system, "value": key.stamp}
        stamped = {**resource, "identifier": [*resource.get("identifier", []), stamp]}

        async def send() -> Outcome:
            return await self.send(exchange, stamped)

        async def send_again() -> str:
            return (await self.send(exchange, stamped)).location.rpartition("/")[2]

        async def resolve() -> Outcome:
            found = await self.lost.resolve(exchange, resource, stamp, send_again)
            return self.created(str(exchange.target.resource_type), found)

        outcome, replayed = await self.once.run(key, exchange.deadline, send, resolve)
        exchange.target = _with_id(exchange, outcome.location)
        return self.done(resource["resourceType"], outcome, replayed=replayed)

    async def send(self, exchange: Exchange, resource: Json) -> Outcome:
        """Write to the EHR and return the outcome. Raises Refusal (it refused) and EhrFailure (no answer)."""
        resource_type = str(exchange.target.resource_type)
        reply = await self.ehr.call(ehr_request(exchange, "POST", resource_type, body=write(resource)))
        if 200 <= reply.status < 300:
            outcome = self.created(resource_type, new_id(reply, resource_type))
            exchange.target = _with_id(exchange, outcome.location)
            return outcome
        raise self.errors.refusal(reply)

    def created(self, resource_type: str, resource_id: str) -> Outcome:
        """Return the outcome of a write that took effect."""
        return Outcome(201, f"{self.base_url}/{resource_type}/{resource_id}", b"")


def new_id(reply: EhrReply, resource_type: str) -> str:
    """Return the id in the EHR's Location. Raises EhrFailure when the answer does not say what was created."""
    path = urlsplit(reply.headers.get("location", "")).path
    segments = path.partition("/_history/")[0].rsplit("/", 2)[-2:]
    if reply.status != 201 or len(segments) != 2 or segments[0] != resource_type or not segments[1]:
        raise EhrFailure("broken", reached=True, status=reply.status)
    return segments[1]


def answer(outcome: Outcome, *, replayed: bool = False) -> Answer:
    """Return the consumer's answer to a write."""
    headers = {"Location": outcome.location} if outcome.location else {}
    if outcome.body:
        headers["Content-Type"] = FHIR_JSON
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    return Answer(outcome.status, outcome.body, headers)


def _with_id(exchange: Exchange, location: str) -> Target:
    return replace(exchange.target, resource_id=location.rpartition("/")[2] or None)
