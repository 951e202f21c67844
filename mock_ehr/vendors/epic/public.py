"""What Epic answers without a bearer token: authorization, discovery, and the dead ends of the web tier."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from mock_ehr.message import Answer, Request
from mock_ehr.vendors.epic import dialect
from mock_ehr.vendors.epic.authorization_discovery import openid, public_keys, smart_configuration
from mock_ehr.vendors.epic.authorization_endpoint import authorize, decide
from mock_ehr.vendors.epic.discovery import capability_statement
from mock_ehr.vendors.epic.introspection import introspect, revoke
from mock_ehr.vendors.epic.routes import Route
from mock_ehr.vendors.epic.site import Site
from mock_ehr.vendors.epic.token_endpoint import grant_token, with_keys

LOGOFF = (("Location", "/logoff"),)


def token(request: Request, _route: Route, site: Site) -> Answer | Awaitable[Answer]:
    """Answer a token request."""
    return with_keys(grant_token, request, site)


def introspection(request: Request, _route: Route, site: Site) -> Answer | Awaitable[Answer]:
    """Answer what a token is worth."""
    return with_keys(introspect, request, site)


def revocation(request: Request, route: Route, site: Site) -> Answer | Awaitable[Answer]:
    """Answer the end of a token."""
    return with_keys(revoke, request, site) if site.quirks.revocation else stray(request, route, site)


def metadata(request: Request, _route: Route, site: Site) -> Answer:
    """Answer with the CapabilityStatement."""
    xml = site.quirks.xml_by_default
    return dialect.respond(request, 200, capability_statement(site), xml_by_default=xml)


def smart(_request: Request, _route: Route, site: Site) -> Answer:
    """Answer with the smart-configuration, JSON whatever Accept says."""
    return Answer(200, smart_configuration(site), dialect.JSON)


def wrong_method(request: Request, _route: Route, site: Site) -> Answer:
    """Answer a method that does not exist here."""
    return dialect.page(site.quirks.wrong_method_status, note=f"no {request.method} here")


def unimplemented_oauth(request: Request, route: Route, _site: Site) -> Answer:
    """Answer an OAuth endpoint that the mock does not offer."""
    return dialect.unimplemented(request, route.feature, xml_by_default=False)


def stray(_request: Request, _route: Route, site: Site) -> Answer:
    """Answer a near miss of the token path."""
    if site.quirks.oauth_stray_redirects:
        return dialect.page(302, LOGOFF, note="not quite the token path")
    return dialect.page(404, note="no such path")


def lost(_request: Request, _route: Route, _site: Site) -> Answer:
    """Answer a path that leads nowhere."""
    return dialect.page(404, note="no such path")


PUBLIC: Mapping[str, Callable[[Request, Route, Site], Answer | Awaitable[Answer]]] = {
    "token": token,
    "authorize": authorize,
    "decide": decide,
    "introspect": introspection,
    "revoke": revocation,
    "openid": openid,
    "public-keys": public_keys,
    "metadata": metadata,
    "smart": smart,
    "method": wrong_method,
    "oauth": unimplemented_oauth,
    "logoff": stray,
    "lost": lost,
}
