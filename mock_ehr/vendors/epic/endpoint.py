"""Epic on the wire: finds the route of a request, then lets the right part answer it."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any

from mock_ehr.assertions import AssertionRefusedError, decode
from mock_ehr.clients import parse_client
from mock_ehr.facts import Facts
from mock_ehr.message import Answer, MalformedQueryError, Pairs, Request, parse_form
from mock_ehr.tokens import digest_of
from mock_ehr.vendor import Visit
from mock_ehr.vendors.epic import dialect
from mock_ehr.vendors.epic.access import bearer, refusal
from mock_ehr.vendors.epic.public import PUBLIC
from mock_ehr.vendors.epic.reading import read
from mock_ehr.vendors.epic.routes import Route, find_route
from mock_ehr.vendors.epic.searching import next_page, search
from mock_ehr.vendors.epic.site import Site
from mock_ehr.vendors.epic.subjects import patients_of
from mock_ehr.vendors.epic.writing import Ids, create

KINDS = {"token": "token", "metadata": "metadata", "smart": "metadata"}
INTERACTIONS = {
    "token": "token",
    "metadata": "metadata",
    "smart": "metadata",
    "read": "read",
    "search": "search",
    "next-page": "next-page",
    "create": "create",
}


class Epic:
    """The vendor Epic (see `mock_ehr.vendor.Vendor`)."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._ids = Ids(site.seed)

    def admit(self, request: Request) -> Visit:
        """Find out what the request is about."""
        route = find_route(self._site.instance, request)
        token = bearer(request.header("authorization"))
        grant = self._site.state.tokens.find(token) if token else None
        client_id = grant.client_id if grant else ""
        if route.action == "token":
            client_id = claimed_client(request)
        facts = Facts(
            kind=KINDS.get(route.action, "data"),
            interaction=INTERACTIONS.get(route.action, "other"),
            method=request.method,
            path=request.path,
            resource_type=route.resource_type,
            resource_id=route.resource_id,
            patients=patients_of(route, request, self._site.state),
            client_id=client_id,
            token=grant.digest if grant else digest_of(token) if token else "",
        )
        return Visit(request, facts, grant, route)

    def answer(self, visit: Visit) -> Answer | Awaitable[Answer]:
        """Process the request."""
        route: Route = visit.route
        answer_openly = PUBLIC.get(route.action)
        if answer_openly is not None:
            return answer_openly(visit.request, route, self._site)
        return refusal(visit, route, self._site) or self._serve(visit, route)

    def _serve(self, visit: Visit, route: Route) -> Answer | Awaitable[Answer]:
        if route.action == "read":
            return read(visit, self._site)
        if route.action == "search":
            return search(visit, self._site)
        if route.action == "next-page":
            return next_page(visit, self._site)
        if route.action == "create":
            return create(visit, self._site, self._ids)
        return dialect.unimplemented(visit.request, route.feature, xml_by_default=self._site.quirks.xml_by_default)

    def failure(self, _request: Request, status: int, body: str, headers: Pairs) -> Answer:
        """Return what a failing Epic, or the web tier before it, says."""
        if status == 414:
            return dialect.page(self._site.quirks.long_url_status, headers)
        return dialect.failure(status, body, headers)

    def login_page(self) -> Answer:
        """Return a log-in page with status 200."""
        return dialect.page(200)

    def register(self, client_id: str, raw: object) -> Mapping[str, Any]:
        """Keep a backend client. Raises RegistrationError."""
        client = self._site.state.clients[client_id] = parse_client(client_id, raw)
        return {"client_id": client.client_id, "scopes": client.scopes}


def claimed_client(request: Request) -> str:
    """Return the client id that a token request claims, nothing checked; "" when none can be read."""
    try:
        form = dict(parse_form(request.body.decode("utf-8")))
        claimed = decode(form.get("client_assertion", "")).claims.get("iss")
    except (MalformedQueryError, UnicodeDecodeError, AssertionRefusedError):
        return ""
    return claimed if isinstance(claimed, str) else ""
