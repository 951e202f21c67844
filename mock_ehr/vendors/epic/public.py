"""What Epic answers without a bearer token: the token endpoint, discovery, and the dead ends of the web tier."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mock_ehr.message import Answer, Request
from mock_ehr.vendors.epic import dialect
from mock_ehr.vendors.epic.discovery import capability_statement, smart_configuration
from mock_ehr.vendors.epic.routes import Route
from mock_ehr.vendors.epic.site import Site
from mock_ehr.vendors.epic.token_endpoint import grant_token

LOGOFF = (("Location", "/logoff"),)


def token(request: Request, _route: Route, site: Site) -> Answer:
    """Answer a token request."""
    return grant_token(request, site)


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


PUBLIC: Mapping[str, Callable[[Request, Route, Site], Answer]] = {
    "token": token,
    "metadata": metadata,
    "smart": smart,
    "method": wrong_method,
    "oauth": unimplemented_oauth,
    "logoff": stray,
    "lost": lost,
}
