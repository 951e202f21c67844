"""What the journal may keep of an exchange: no credential, whether it was sent or issued."""

from __future__ import annotations

from dataclasses import replace

from mock_ehr.assertions import AssertionRefusedError, decode
from mock_ehr.journal import HIDDEN, Entry
from mock_ehr.message import Answer, MalformedQueryError, parse_form

SECRET_FIELDS = (
    "assertion",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "refresh_token",
    "subject_token",
    "token",
)


def without_secrets(answer: Answer) -> Answer:
    """Return the answer as the journal may keep it.

    A body in which a fault left a secret broken or encoded, so that it is not found, is not kept at all.
    """
    body, headers = answer.body, answer.headers
    for secret in filter(None, (answer.secret, *answer.secrets)):
        known = secret.encode()
        in_headers = any(secret in value for _, value in headers)
        body = body.replace(known, HIDDEN.encode()) if known in body or in_headers else HIDDEN.encode()
        headers = tuple((name, value.replace(secret, HIDDEN)) for name, value in headers)
    return replace(answer, body=body, headers=headers)


def note_assertion(entry: Entry) -> None:
    """Put the decoded assertion of a token request into its entry and keep no credential of the body."""
    body = entry.request.body
    try:
        form = parse_form(body.decode("utf-8"))
    except (MalformedQueryError, UnicodeDecodeError):
        entry.request_body = b"(unreadable form)"
        return
    for name, value in form:
        if name == "client_assertion":
            try:
                seen = decode(value)
            except AssertionRefusedError:
                continue
            entry.assertion = {"header": seen.header, "claims": seen.claims}
    shown = "&".join(f"{name}={HIDDEN if name in SECRET_FIELDS else value}" for name, value in form)
    entry.request_body = shown.encode()[:4096]
