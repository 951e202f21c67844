"""What is noted of the gateway's own tokens: a count, a log line, and a record on the audit trail."""

from __future__ import annotations

import secrets

from reference_gateway.audit import AuditEvent, AuditTrail, AuditUnavailable
from reference_gateway.metrics import Metrics
from reference_gateway.request_log import RequestLog


class GrantRecords:
    """Counts calls for tokens, and records each grant on the audit trail."""

    def __init__(self, audit: AuditTrail, metrics: Metrics, log: RequestLog, client_id: str) -> None:
        self._audit = audit
        self._metrics = metrics
        self._log = log
        self._client_id = client_id

    def asked(self, granted: bool, seconds: float) -> None:
        """Note the end of one call for a token, and how long it took."""
        result = "granted" if granted else "failed"
        self._metrics.tokens.labels(result).inc()
        self._log.event("ehr-token", result=result)
        if not granted:
            return
        event = AuditEvent(
            correlation_id=secrets.token_hex(16),
            client_id=self._client_id,
            user=None,
            patient=None,
            resource_type=None,
            resource_id=None,
            action="token",
            result="success",
            status=200,
            latency_ms=round(seconds * 1000, 3),
            policy="gateway",
        )
        try:
            self._audit.write(event)
        except AuditUnavailable:
            self._metrics.audit_failures.inc()
