"""Refusals: every way in which the gateway says no, as one exception that becomes an OperationOutcome.

Refusal            the consumer gets this status, issue code and text; the text never holds patient data
EhrFailure         (ehr_request) the EHR did not answer usefully; becomes a Refusal at the edge
SettingsError      (settings) the gateway must not start
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """An answer other than success: HTTP status, FHIR issue code, a text safe to show, extra headers.

    `reason` is the short word for metrics and the audit trail's policy field.
    """

    def __init__(
        self, status: int, code: str, text: str, *, reason: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text
        self.reason = reason or code
        self.headers = dict(headers or {})


def outcome(code: str, text: str, severity: str = "error") -> dict[str, Any]:
    """Return an OperationOutcome with one issue (http://hl7.org/fhir/R4/operationoutcome.html)."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": severity, "code": code, "details": {"text": text}}],
    }


def not_found(what: str) -> Refusal:
    """Return the refusal of something that does not exist here."""
    return Refusal(404, "not-found", f"{what} was not found", reason="not-found")


def invalid(text: str, *, code: str = "invalid", status: int = 400) -> Refusal:
    """Return the refusal of a request that is wrong in itself."""
    return Refusal(status, code, text, reason="invalid-request")


def unavailable(text: str, retry_after_s: int, *, reason: str, code: str = "transient") -> Refusal:
    """Return 503 with Retry-After in whole seconds (RFC 9110 section 10.2.3)."""
    return Refusal(503, code, text, reason=reason, headers={"Retry-After": str(max(1, retry_after_s))})
