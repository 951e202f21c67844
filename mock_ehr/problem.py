"""Problem details (RFC 9457), as gateways in front of an EHR send them; no EHR does by itself."""

from __future__ import annotations

import orjson

from mock_ehr.message import Answer, Pairs
from mock_ehr.wire import REASONS

PROBLEM_JSON = "application/problem+json"
QUOTA = "https://iana.org/assignments/http-problem-types#quota-exceeded"


def problem(status: int, headers: Pairs = (), *, kind: str = "about:blank", detail: str = "") -> Answer:
    """Return an answer with a problem document."""
    body = {"type": kind, "title": REASONS.get(status, "Error"), "status": status}
    if detail:
        body["detail"] = detail
    return Answer(status, orjson.dumps(body), PROBLEM_JSON, headers)
