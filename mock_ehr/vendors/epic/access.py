"""Who may do what: bearer token, then the client's registered APIs."""

from __future__ import annotations

from mock_ehr.message import Answer
from mock_ehr.scopes import allows
from mock_ehr.vendor import Visit
from mock_ehr.vendors.epic.authorization_reach import beyond
from mock_ehr.vendors.epic.dialect import forbidden, unauthorized
from mock_ehr.vendors.epic.routes import Route
from mock_ehr.vendors.epic.site import Site

# What an action needs of the client's API list; operations have no letters of their own in SMART scopes (gap).
ENTITLED = {
    "read": "read",
    "search": "search",
    "next-page": "next-page",
    "create": "create",
    "update": "update",
    "match": "search",
    "export": "read",
    "bulk-status": "read",
    "bulk-file": "read",
    "find": "search",
    "book": "create",
}


def bearer(authorization: str) -> str:
    """Return the token of an Authorization header, "" when it holds none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def refusal(visit: Visit, route: Route, site: Site) -> Answer | None:
    """Return the refusal of this visit, None when it may go on.

    The API list is the client's present one, whatever the token's scope said when it was issued.
    """
    grant = visit.grant
    if grant is None or (grant.token and not site.state.tokens.is_live(grant)):
        return unauthorized("no bearer token" if not visit.facts.token else "the token is unknown or expired")
    interaction = ENTITLED.get(route.action)
    if interaction is not None:
        client = site.state.clients.in_force(grant.client_id)
        if client is None or not allows(client.apis, route.resource_type, interaction):
            return forbidden(f"{grant.client_id} is not registered for {route.resource_type} {route.action}")
        if grant.context is not None:
            refused = beyond(visit, grant, interaction, site)
            if refused is not None:
                return refused
    return None
