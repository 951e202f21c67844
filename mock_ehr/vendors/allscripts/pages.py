"""Pages of the web tier before Unity and FHIR."""

from __future__ import annotations

from mock_ehr.message import Answer, Pairs

HTML = "text/html; charset=utf-8"
PAGES = {
    200: ("Sign in", "Enter your user name and password to go on."),
    400: ("Request Error", "The server met an error while it processed the request."),
    404: ("Service", "There is no endpoint here."),
    405: ("Service", "This method is not allowed."),
    413: ("Request Entity Too Large", "The body of the request is too large."),
    415: ("Unsupported Media Type", "Send application/json."),
    429: ("Too Many Requests", "Wait before the next request."),
    500: ("Server Error", "The service failed."),
    503: ("Service Unavailable", "The service is not available."),
}


def page(status: int, headers: Pairs = (), note: str = "") -> Answer:
    """Return a page in HTML."""
    title, text = PAGES.get(status, (f"Error {status}", "The request could not be served."))
    body = (
        f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>\n"
    )
    return Answer(status, body.encode(), HTML, headers, note=note, empty=True)
