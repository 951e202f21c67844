"""What is read without a token: self-description, health and metrics by anybody, the audit trail with its key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial

from reference_gateway.audit_pages import AuditPages
from reference_gateway.capability import Capability
from reference_gateway.exchange import FHIR_JSON, Answer, ConsumerRequest
from reference_gateway.health import Health
from reference_gateway.issuer_discovery import IssuerDocuments
from reference_gateway.json_text import Json, write
from reference_gateway.metrics import Metrics
from reference_gateway.refusal import unavailable
from reference_gateway.work_queue import WorkQueue

_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_JSON = "application/json; charset=utf-8"


class Documents:
    """Serves the public documents, and what asks for a key of its own."""

    def __init__(
        self,
        base_path: str,
        capability: Capability,
        issuer: IssuerDocuments,
        health: Health,
        metrics: Metrics,
        trail: AuditPages,
        queue: WorkQueue | None = None,
    ) -> None:
        self.capability = capability
        self.issuer = issuer
        self.health = health
        self.metrics = metrics
        self.trail = trail
        self.served: Mapping[str, Callable[[], Awaitable[Answer]]] = {
            f"{base_path}/metadata": self.statement,
            f"{base_path}/.well-known/smart-configuration": self.smart_configuration,
            "/health/live": self.live,
            "/health/ready": self.ready,
            "/metrics": self.metrics_text,
        }
        if queue is not None:
            self.served = {**self.served, "/dead-letters": partial(self.dead_letters, queue)}

    def find(self, request: ConsumerRequest) -> Callable[[], Awaitable[Answer]] | None:
        """Return what serves a request for one of the documents, None when it is for something else."""
        public = self.served.get(request.raw_path) if request.method == "GET" else None
        return public or self.trail.find(request)

    async def statement(self) -> Answer:
        """Return the CapabilityStatement."""
        return Answer(200, write(self.capability.statement()), {"Content-Type": FHIR_JSON})

    async def smart_configuration(self) -> Answer:
        """Return the smart-configuration. Raises Refusal 503 while the issuer's metadata cannot be had."""
        try:
            metadata = await self.issuer.metadata()
        except (OSError, TimeoutError, ValueError):
            raise unavailable("the authorization server is not reachable", 2, reason="issuer-unavailable") from None
        return _json(200, self.capability.smart_configuration(metadata))

    async def live(self) -> Answer:
        """Return 200: the process serves."""
        return _json(200, {"live": True})

    async def ready(self) -> Answer:
        """Return 200 when requests can be served, else 503 and what is missing."""
        missing = await self.health.missing()
        return _json(503 if missing else 200, {"ready": not missing, "missing": missing})

    async def dead_letters(self, queue: WorkQueue) -> Answer:
        """Return what nobody but a human can help; patients are not named."""
        items = [
            {
                "id": work.id,
                "resourceType": work.resource_type,
                "client": work.client_id,
                "accepted": datetime.fromtimestamp(work.accepted, UTC).isoformat(timespec="seconds"),
                "status": work.status,
                "reason": work.reason,
            }
            for work in queue.dead_letters()
        ]
        return _json(200, {"items": items})

    async def metrics_text(self) -> Answer:
        """Return the metrics."""
        return Answer(200, self.metrics.text(), {"Content-Type": _TEXT})


def _json(status: int, content: Json) -> Answer:
    return Answer(status, write(content), {"Content-Type": _JSON})
