"""The token endpoint for backend services.

All that is wrong with an assertion looks the same from outside.
"""

from __future__ import annotations

import orjson

from mock_ehr.assertions import AssertionRefusedError, decode, verify
from mock_ehr.clients import Client
from mock_ehr.message import Answer, MalformedQueryError, Request, parse_form
from mock_ehr.vendors.epic.dialect import JSON, unimplemented
from mock_ehr.vendors.epic.site import Site

FORM = "application/x-www-form-urlencoded"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
NO_STORE = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
OTHER_GRANTS = (
    "authorization_code",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:token-exchange",
)


def oauth_error(error: str, note: str) -> Answer:
    """Return 400 with an OAuth error and, as Epic does, no description."""
    body = orjson.dumps({"error": error, "error_description": None})
    return Answer(400, body, JSON, NO_STORE, note=note)


def read_form(request: Request) -> dict[str, str] | str:
    """Return the form fields, or the reason why there are none."""
    if request.method != "POST":
        return f"{request.method} instead of POST"
    if request.header("content-type").partition(";")[0].strip().lower() != FORM:
        return f"content type {request.header('content-type')!r} instead of {FORM}"
    if request.query:
        return "parameters in the query string"
    try:
        pairs = parse_form(request.body.decode("utf-8"))
    except (MalformedQueryError, UnicodeDecodeError):
        return "the form cannot be read"
    form = dict(pairs)
    return form if len(form) == len(pairs) else "a field occurs twice"


def grant_token(request: Request, site: Site) -> Answer:
    """Answer a request for a token."""
    form = read_form(request)
    if isinstance(form, str):
        return oauth_error("invalid_request", form)
    grant_type = form.get("grant_type", "")
    if grant_type in OTHER_GRANTS:
        return unimplemented(request, f"grant_type {grant_type}", xml_by_default=False)
    if grant_type != "client_credentials":
        error = "unsupported_grant_type" if grant_type else "invalid_request"
        return oauth_error(error, f"grant_type is {grant_type!r}")
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        return oauth_error("invalid_request", f"client_assertion_type is {form.get('client_assertion_type')!r}")
    if not form.get("client_assertion"):
        return oauth_error("invalid_request", "client_assertion is missing")
    return judge_assertion(form["client_assertion"], form.get("client_id", ""), site)


def judge_assertion(assertion: str, named: str, site: Site) -> Answer:
    """Answer a well-formed request for a token."""
    now = site.state.clock.now()
    try:
        client = claimed_client(assertion, named, site)
        proven = verify(assertion, client, site.token_url, now)
        site.state.used_ids.spend(client.client_id, proven.claims["jti"], float(proven.claims["exp"]), now)
    except AssertionRefusedError as refusal:
        return oauth_error("invalid_client", str(refusal))
    if not client.background_user:
        return oauth_error("unauthorized_client", "the client has no background user")
    return issue(client, site)


def claimed_client(assertion: str, named: str, site: Site) -> Client:
    """Return the registered client that the assertion says it is from. Raises AssertionRefusedError."""
    claimed = decode(assertion).claims.get("iss")
    client = site.state.clients.get(claimed) if isinstance(claimed, str) else None
    if client is None:
        raise AssertionRefusedError(f"no client {claimed!r} is registered")
    if named and named != claimed:
        raise AssertionRefusedError("client_id is not the iss of the assertion")
    return client


def issue(client: Client, site: Site) -> Answer:
    """Return a new token. Whatever scope was asked for, it carries everything registered."""
    grant = site.state.tokens.issue(client.client_id)
    body = orjson.dumps(
        {
            "access_token": grant.token,
            "token_type": "bearer",
            "expires_in": site.state.tokens.lifetime_s,
            "scope": " ".join(client.scopes),
        }
    )
    return Answer(200, body, JSON, NO_STORE, token=grant.digest, secret=grant.token)
