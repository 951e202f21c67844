"""OperationOutcome as Veradigm writes it: id, narrative, code code-invalid, and diagnostics that tell of the inside.

One sample is documented (V1); what other failures look like was found nowhere, so all have its shape.
"""

from __future__ import annotations

from html import escape
from uuid import NAMESPACE_URL, uuid5

import orjson

from mock_ehr.message import Answer, Pairs
from mock_ehr.vendors.allscripts.pages import page

FHIR_JSON = "application/fhir+json; charset=utf-8"
JSON = "application/json; charset=utf-8"


def outcome(diagnostics: str, code: str = "code-invalid") -> bytes:
    """Return an OperationOutcome; its id depends on what it says, so that a mock without randomness repeats itself."""
    shown = f"Veradigm.Fhir.Service: {diagnostics}"
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{escape(shown)}</p></div>'
    return orjson.dumps(
        {
            "resourceType": "OperationOutcome",
            "id": str(uuid5(NAMESPACE_URL, shown)),
            "text": {"status": "generated", "div": div},
            "issue": [{"severity": "error", "code": code, "diagnostics": shown}],
        }
    )


def refused(status: int, diagnostics: str, headers: Pairs = ()) -> Answer:
    """Return a failure with an OperationOutcome."""
    return Answer(status, outcome(diagnostics), FHIR_JSON, headers, note=diagnostics, empty=True)


def unauthorized(reason: str) -> Answer:
    """Return 401: the bare `{"error": ...}` that the fact sheet's first table speaks of."""
    challenge = (("WWW-Authenticate", 'Bearer error="invalid_token"'),)
    return Answer(401, orjson.dumps({"error": "invalid_token"}), JSON, challenge, note=reason, empty=True)


def unimplemented(feature: str) -> Answer:
    """Return 501: this is the mock speaking, not Veradigm, and it names what is missing."""
    text = f"Not implemented by the mock EHR: {feature}."
    return Answer(501, outcome(text, "not-supported"), FHIR_JSON, note=text, empty=True)


def failure(status: int, body: str, headers: Pairs) -> Answer:
    """Return what stands in for the FHIR server when a fault takes its place."""
    if body == "html":
        return page(status, headers)
    if body == "empty" or (body == "vendor" and status == 429):
        return Answer(status, b"", "", headers)
    if body == "vendor" and status >= 502:
        return page(status, headers)
    if body == "vendor" and status == 401:
        answer = unauthorized("fault")
        return Answer(status, answer.body, answer.content_type, (*answer.headers, *headers))
    return refused(status, "The request could not be served.", headers)
