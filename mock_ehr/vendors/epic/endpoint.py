"""Epic on the wire: finds the route of a request, then lets the right part answer it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from mock_ehr.clients import parse_client
from mock_ehr.facts import Facts
from mock_ehr.message import Answer, Pairs, Request
from mock_ehr.tokens import Grant, digest_of
from mock_ehr.vendor import Visit
from mock_ehr.vendors.epic import dialect
from mock_ehr.vendors.epic.access import bearer, refusal
from mock_ehr.vendors.epic.authorization_clients import claimed_client
from mock_ehr.vendors.epic.basic import basic_grant
from mock_ehr.vendors.epic.bulk_endpoint import file, kick_off, status
from mock_ehr.vendors.epic.bulk_groups import usual_groups
from mock_ehr.vendors.epic.cors import preflight, shared
from mock_ehr.vendors.epic.matching import match
from mock_ehr.vendors.epic.pages import next_page
from mock_ehr.vendors.epic.public import PUBLIC
from mock_ehr.vendors.epic.reading import read
from mock_ehr.vendors.epic.routes import Route, find_route
from mock_ehr.vendors.epic.scheduling import book, find
from mock_ehr.vendors.epic.searching import search
from mock_ehr.vendors.epic.site import Site
from mock_ehr.vendors.epic.subjects import patients_of
from mock_ehr.vendors.epic.updating import update
from mock_ehr.vendors.epic.writing import create

KINDS = {
    "token": "token",
    "authorize": "token",
    "decide": "token",
    "introspect": "token",
    "revoke": "token",
    "metadata": "metadata",
    "smart": "metadata",
    "openid": "metadata",
    "public-keys": "metadata",
}
INTERACTIONS = {
    "token": "token",
    "metadata": "metadata",
    "smart": "metadata",
    "openid": "metadata",
    "public-keys": "metadata",
    "book": "create",
    "read": "read",
    "search": "search",
    "next-page": "next-page",
    "create": "create",
    "update": "update",
}
Serve = Callable[[Visit, Site], Answer | Awaitable[Answer]]
SERVED: Mapping[str, Serve] = {
    "read": read,
    "search": search,
    "next-page": next_page,
    "create": create,
    "update": update,
    "match": match,
    "export": kick_off,
    "bulk-status": status,
    "bulk-file": file,
    "find": find,
    "book": book,
}


class Epic:
    """The vendor Epic (see `mock_ehr.vendor.Vendor`)."""

    def __init__(self, site: Site) -> None:
        self._site = site
        site.state.clients.propagation_s = site.quirks.propagation_s
        site.state.also_reset.append(self._make_groups)
        self._make_groups()

    def _make_groups(self) -> None:
        site = self._site
        site.state.groups.update(usual_groups(site.state.store.population, site.seed))

    def admit(self, request: Request) -> Visit:
        """Find out what the request is about."""
        route = find_route(self._site.instance, request)
        token = bearer(request.header("authorization"))
        grant = self._grant(request, token)
        client_id = grant.client_id if grant else ""
        if KINDS.get(route.action) == "token":
            client_id = client_id or claimed_client(request)
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

    def _grant(self, request: Request, token: str) -> Grant | None:
        if token:
            return self._site.state.tokens.find(token)
        return basic_grant(request, self._site) if self._site.quirks.basic_users else None

    def answer(self, visit: Visit) -> Answer | Awaitable[Answer]:
        """Process the request."""
        answer = self._answer(visit, visit.route)
        if self._site.quirks.cors and "origin" in visit.request.headers:
            return shared(visit.request, answer)
        return answer

    def _answer(self, visit: Visit, route: Route) -> Answer | Awaitable[Answer]:
        answer_openly = PUBLIC.get(route.action)
        if answer_openly is not None:
            return answer_openly(visit.request, route, self._site)
        if route.action == "preflight":
            cors = self._site.quirks.cors
            return preflight() if cors else dialect.page(self._site.quirks.wrong_method_status)
        return refusal(visit, route, self._site) or self._serve(visit, route)

    def _serve(self, visit: Visit, route: Route) -> Answer | Awaitable[Answer]:
        serve = SERVED.get(route.action)
        if serve is not None:
            return serve(visit, self._site)
        return dialect.unimplemented(visit.request, route.feature, xml_by_default=self._site.quirks.xml_by_default)

    def failure(self, _request: Request, status: int, body: str, headers: Pairs) -> Answer:
        """Return what a failing Epic, or the web tier before it, says."""
        if status == 414:
            return dialect.page(self._site.quirks.long_url_status, headers)
        return dialect.failure(status, body, headers)

    async def prepare(self) -> None:
        """Build the index of demographic search."""
        await self._site.demographics.ready()

    def login_page(self) -> Answer:
        """Return a log-in page with status 200."""
        return dialect.page(200)

    def register(self, client_id: str, raw: object) -> Mapping[str, Any]:
        """Keep a backend client. Raises RegistrationError."""
        client = self._site.state.clients[client_id] = parse_client(client_id, raw)
        return {"client_id": client.client_id, "scopes": client.scopes}
