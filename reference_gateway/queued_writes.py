"""Asynchronous creates: `Prefer: respond-async` is answered with 202 once the write is on disk, whatever the EHR does.

Sources: https://hl7.org/fhir/R4/async.html and its successor in R5 (202, Content-Location, a batch-response Bundle at
the end), RFC 7240 section 4.1.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from multidict import CIMultiDict, CIMultiDictProxy

from reference_gateway.clock import Clock, Deadline
from reference_gateway.creates import Creates
from reference_gateway.exchange import FHIR_JSON, Answer, Caller, ConsumerRequest, Exchange, Target
from reference_gateway.idempotency_keys import WriteKey
from reference_gateway.json_text import Json, read_strict, write
from reference_gateway.refusal import Refusal, not_found
from reference_gateway.work_queue import DEAD, WAITING, Work, WorkQueue, new_id

PREFERENCE = "respond-async"
_ASK_AGAIN_S = 1


class QueuedWrites:
    """Serves creates: at once, or later when the consumer prefers that."""

    def __init__(
        self, creates: Creates, queue: WorkQueue, clock: Clock, base_url: str, woken: Callable[[], None]
    ) -> None:
        self.creates = creates
        self.queue = queue
        self.clock = clock
        self.base_url = base_url
        self.woken = woken  # told that there is work

    async def serve(self, exchange: Exchange) -> Answer:
        """Return 202 with the address of the status, or what a create returns. Raises Refusal and EhrFailure."""
        if not prefers_later(exchange.request):
            return await self.creates.serve(exchange)
        resource, key = await self.creates.admitted(exchange)
        work = self.accepted(exchange, resource, key)
        if key is not None and work.fingerprint != key.fingerprint:
            text = "this idempotency key was used for another request; use a new key for a new request"
            raise Refusal(422, "conflict", text, reason="idempotency-key-reused")
        self.woken()
        return Answer(202, b"", {"Content-Location": f"{self.base_url}/async/{work.id}"})

    def accepted(self, exchange: Exchange, resource: Json, key: WriteKey | None) -> Work:
        """Put a write into the queue; it is on disk when this returns."""
        caller = exchange.caller
        assert caller is not None  # noqa: S101 - the pipeline sets it before
        content = {
            "resource": write(resource).decode(),
            "caller": asdict(caller),
            "correlation_id": exchange.correlation_id,
            "traceparent": exchange.traceparent,
            "path": exchange.request.raw_path,
            "lane": exchange.lane,
            "route": exchange.route,
            "purpose": exchange.purpose,
        }
        work_id = new_id()
        return self.queue.add(
            Work(
                id=work_id,
                client_id=caller.client_id,
                key=key.key if key else f"queued {work_id}",
                fingerprint=key.fingerprint if key else work_id,
                resource_type=resource["resourceType"],
                patient=exchange.patient or "",
                accepted=self.clock.wall(),
                content=json.dumps(content),
            )
        )

    async def deliver(self, work: Work, exchange: Exchange) -> Answer:
        """Write accepted work to the EHR, once. Raises Refusal and EhrFailure."""
        resource = read_strict(self.content(work)["resource"].encode())
        return await self.creates.keyed(exchange, resource, WriteKey(work.client_id, work.key, work.fingerprint))

    def exchange(self, work: Work, budget_s: float) -> Exchange:
        """Return the exchange of accepted work, as its consumer's."""
        content = self.content(work)
        caller = content["caller"]
        facilities = caller["facilities"]
        return Exchange(
            request=ConsumerRequest("POST", content["path"], "", CIMultiDictProxy(CIMultiDict()), no_body),
            target=Target("create", work.resource_type),
            correlation_id=content["correlation_id"],
            traceparent=content["traceparent"],
            started=self.clock.monotonic(),
            deadline=Deadline.after(self.clock, budget_s),
            caller=Caller(**{**caller, "facilities": None if facilities is None else tuple(facilities)}),
            lane=content["lane"],
            patient=work.patient or None,
            policy="queued",
            budget_s=budget_s,
            route=content["route"],
            purpose=content["purpose"],
        )

    def content(self, work: Work) -> dict[str, Any]:
        """Return what was accepted."""
        content: dict[str, Any] = json.loads(work.content or "{}")
        return content


class QueueStatus:
    """Serves the status of accepted work to the client that sent it."""

    def __init__(self, queue: WorkQueue) -> None:
        self.queue = queue

    async def serve(self, exchange: Exchange) -> Answer:
        """Return 202 while the work waits, then 200 and what became of it. Raises Refusal 404."""
        work = self.queue.find(str(exchange.target.resource_id))
        if work is None or work.client_id != exchange.client_id:
            raise not_found("this work")
        exchange.policy, exchange.patient = "own-work", work.patient or None
        if work.state == WAITING:
            return Answer(202, b"", {"X-Progress": "waiting for the EHR", "Retry-After": str(_ASK_AGAIN_S)})
        response: Json = {"status": str(work.status)}
        if work.location:
            response["location"] = work.location
        if work.state == DEAD and work.body:
            response["outcome"] = read_strict(work.body)
        bundle = {"resourceType": "Bundle", "type": "batch-response", "entry": [{"response": response}]}
        return Answer(200, write(bundle), {"Content-Type": FHIR_JSON})


def prefers_later(request: ConsumerRequest) -> bool:
    """Tell whether the consumer wants the answer later (RFC 7240)."""
    preferences = ",".join(request.headers.getall("Prefer", [])).lower().split(",")
    return PREFERENCE in [item.partition(";")[0].strip() for item in preferences]


async def no_body(_limit: int) -> bytes:
    """Return nothing: the body was read when the work was accepted."""
    return b""
