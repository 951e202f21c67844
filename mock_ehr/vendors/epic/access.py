"""Who may do what: bearer token, then the client's registered APIs, then the EHR's own rate limit."""

from __future__ import annotations

from mock_ehr.message import Answer
from mock_ehr.scopes import allows
from mock_ehr.vendor import Visit
from mock_ehr.vendors.epic.dialect import forbidden, unauthorized
from mock_ehr.vendors.epic.routes import Route
from mock_ehr.vendors.epic.site import Site


def bearer(authorization: str) -> str:
    """Return the token of an Authorization header, "" when it holds none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def refusal(visit: Visit, route: Route, site: Site) -> Answer | None:
    """Return the refusal of this visit, None when it may go on.

    The API list is the client's present one, whatever the token's scope said when it was issued.
    """
    grant = visit.grant
    if grant is None or not site.state.tokens.is_live(grant):
        return unauthorized("no bearer token" if not visit.facts.token else "the token is unknown or expired")
    if route.action in ("read", "search", "next-page", "create"):
        client = site.state.clients.get(grant.client_id)
        if client is None or not allows(client.apis, route.resource_type, route.action):
            return forbidden(f"{grant.client_id} is not registered for {route.resource_type} {route.action}")
    if site.state.throttle.rate is not None:
        wait = site.state.throttle.wait_s(grant.client_id)
        if wait:
            return Answer(429, b"", "", (("Retry-After", str(wait)),), note="over the rate limit")
    return None
