"""Reading what OAuth endpoints are sent, and refusing it as Epic does: an error code and a null description."""

from __future__ import annotations

import orjson

from mock_ehr.message import Answer, MalformedQueryError, Pairs, Request, parse_form
from mock_ehr.vendors.epic.dialect import JSON

FORM = "application/x-www-form-urlencoded"
NO_STORE = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))


class OAuthRefusedError(Exception):
    """A request that gets an OAuth error. The note is for the journal; the wire does not tell it."""

    def __init__(self, error: str, note: str, status: int = 400, headers: Pairs = ()) -> None:
        super().__init__(note)
        self.error = error
        self.note = note
        self.status = status
        self.headers = headers

    def answer(self) -> Answer:
        """Return the refusal as Epic writes it."""
        body = orjson.dumps({"error": self.error, "error_description": None})
        return Answer(self.status, body, JSON, (*NO_STORE, *self.headers), note=self.note)


def read_form(request: Request) -> dict[str, str]:
    """Return the form fields of a POST. Raises OAuthRefusedError for anything else."""
    if request.method != "POST":
        raise OAuthRefusedError("invalid_request", f"{request.method} instead of POST")
    if request.header("content-type").partition(";")[0].strip().lower() != FORM:
        sent = request.header("content-type")
        raise OAuthRefusedError("invalid_request", f"content type {sent!r} instead of {FORM}")
    if request.query:
        raise OAuthRefusedError("invalid_request", "parameters in the query string")
    try:
        pairs = parse_form(request.body.decode("utf-8"))
    except (MalformedQueryError, UnicodeDecodeError) as error:
        raise OAuthRefusedError("invalid_request", "the form cannot be read") from error
    return once_each(pairs)


def once_each(pairs: Pairs) -> dict[str, str]:
    """Return parameters by name. Raises OAuthRefusedError when one occurs twice (RFC 6749 section 3.1)."""
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthRefusedError("invalid_request", "a field occurs twice")
    return form


def needed(form: dict[str, str], name: str) -> str:
    """Return a field that has to be there. Raises OAuthRefusedError."""
    if not form.get(name):
        raise OAuthRefusedError("invalid_request", f"{name} is missing")
    return form[name]
