"""Epic's ways of saying no: the empty JSON string, no body at all, and web-server pages instead of FHIR."""

from __future__ import annotations

from mock_ehr.fhir_xml import to_xml
from mock_ehr.message import Answer, MalformedQueryError, Pairs, Request
from mock_ehr.negotiation import FORMATS, choose
from mock_ehr.vendors.epic.outcomes import Issue, outcome, unimplemented_outcome

FHIR_JSON = FORMATS["application/fhir+json"]
JSON = FORMATS["application/json"]
XML = FORMATS["application/xml"]
HTML = "text/html; charset=utf-8"
EMPTY_STRING = b'""'

PAGES = {
    200: ("Sign in", "Enter your user name and password to go on."),
    302: ("Object moved", "The document has moved."),
    400: ("Bad Request", "The request could not be read."),
    404: ("404 - File or directory not found.", "The resource you are looking for is not here."),
    405: ("405 - Method not allowed.", "This page cannot be asked for in this way."),
    413: ("413 - Request too large.", "The body of the request is too large."),
    431: ("431 - Header too large.", "The headers of the request are too large."),
    502: ("502 - Bad gateway.", "The web server got no valid answer while acting as a gateway."),
    503: ("503 - Service unavailable.", "The service is down for maintenance or overloaded."),
    504: ("504 - Gateway timeout.", "The web server got no answer in time."),
}


def respond(request: Request, status: int, body: bytes, *, xml_by_default: bool, headers: Pairs = ()) -> Answer:
    """Return FHIR JSON `body` in the format that the request asks for; 500 with 40000 when it cannot be XML."""
    default = XML if xml_by_default else FHIR_JSON
    content_type = choose(request.header("accept"), asked_format(request), default)
    if "xml" not in content_type:
        return Answer(status, body, content_type, headers)
    try:
        return Answer(status, to_xml(body), content_type, headers)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:  # a resource whose bytes are broken
        return Answer(500, to_xml(outcome(Issue(40000))), content_type, note=f"no XML can be made of it: {error}")


def asked_format(request: Request) -> str:
    """Return the `_format` parameter, "" without one."""
    if "_format" not in request.query:
        return ""
    try:
        return next((value for name, value in request.parameters() if name == "_format"), "")
    except MalformedQueryError:
        return ""


def page(status: int, headers: Pairs = (), note: str = "") -> Answer:
    """Return a web-server page in HTML."""
    title, text = PAGES.get(status, (f"{status} - Error.", "The request could not be served."))
    body = (
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><h2>{title}</h2><p>{text}</p></body></html>\n"
    )
    return Answer(status, body.encode(), HTML, headers, note=note)


def unauthorized(reason: str) -> Answer:
    """Return 401: the challenge says invalid_token whatever was wrong, the body is the JSON empty string."""
    challenge = 'Bearer error="invalid_token", error_description="The access token provided is invalid"'
    return Answer(401, EMPTY_STRING, JSON, (("WWW-Authenticate", challenge),), note=reason)


def forbidden(reason: str) -> Answer:
    """Return 403 without a body."""
    challenge = 'Bearer error="insufficient_scope", error_description="The client may not use this service"'
    return Answer(403, b"", "", (("WWW-Authenticate", challenge),), note=reason)


def refused(request: Request, status: int, *issues: Issue, xml_by_default: bool) -> Answer:
    """Return an OperationOutcome with `issues`; the last one, which is the cause, becomes the note."""
    answer = respond(request, status, outcome(*issues), xml_by_default=xml_by_default)
    answer.note = f"{issues[-1].code} {issues[-1].diagnostics}"
    return answer


def unimplemented(request: Request, feature: str, *, xml_by_default: bool) -> Answer:
    """Return 501 naming what the mock does not offer."""
    answer = respond(request, 501, unimplemented_outcome(feature), xml_by_default=xml_by_default)
    answer.note = f"not implemented: {feature}"
    return answer


def failure(status: int, body: str, headers: Pairs) -> Answer:
    """Return what stands in for the EHR when a fault takes its place.

    Body "vendor" is what Epic or the web tier before it is seen to send: `""` with 401, nothing with 403 and
    429, an outcome with 500, pages otherwise.
    """
    if body == "html":
        return page(status, headers)
    if body == "empty":
        return Answer(status, b"", "", headers)
    if body == "operation-outcome":
        return Answer(status, outcome(Issue(59177)), FHIR_JSON, headers)
    if status in (401, 403):
        answer = unauthorized("fault") if status == 401 else forbidden("fault")
        return Answer(status, answer.body, answer.content_type, (*answer.headers, *headers))
    if status == 500:
        return Answer(status, outcome(Issue(59177)), FHIR_JSON, headers)
    return Answer(status, b"", "", headers) if status == 429 else page(status, headers)
