"""Refusals as answers: an OperationOutcome in FHIR JSON that shows nothing of the inside."""

from __future__ import annotations

from reference_gateway.exchange import FHIR_JSON, Answer, Exchange
from reference_gateway.json_text import write
from reference_gateway.refusal import Refusal, outcome


class ErrorAnswers:
    """Writes error answers."""

    def answer(self, refusal: Refusal, _exchange: Exchange | None = None) -> Answer:
        """Return the answer to a refused request."""
        headers = {"Content-Type": FHIR_JSON, **refusal.headers}
        return Answer(refusal.status, write(outcome(refusal.code, refusal.text)), headers)


def internal_error() -> Refusal:
    """Return 500 for what should not have happened; the log holds the kind of exception."""
    return Refusal(500, "exception", "the gateway failed; the correlation id helps to find out why", reason="internal")
