"""Allscripts on the wire: Unity and Veradigm FHIR behind one address, told apart by the path."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any

from mock_ehr.clients import RegistrationError
from mock_ehr.facts import Facts
from mock_ehr.message import Answer, Pairs, Request
from mock_ehr.vendor import Visit
from mock_ehr.vendors.allscripts import clients
from mock_ehr.vendors.allscripts.fhir import endpoint as fhir
from mock_ehr.vendors.allscripts.fhir.outcomes import failure as fhir_failure
from mock_ehr.vendors.allscripts.pages import page
from mock_ehr.vendors.allscripts.site import Site
from mock_ehr.vendors.allscripts.unity import endpoint as unity
from mock_ehr.vendors.allscripts.unity.catalogue import NAMES
from mock_ehr.vendors.allscripts.unity.errors import failure as unity_failure
from mock_ehr.vendors.allscripts.unity.routes import find_operation

UNITY, FHIR, NOWHERE = "unity", "fhir", "nowhere"
HINT = 'a Unity service user is {"password": "...", "users": {...}}, a FHIR client is {"jwks": {...}, "scopes": [...]}'


class Allscripts:
    """The vendor Allscripts (see `mock_ehr.vendor.Vendor`)."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def admit(self, request: Request) -> Visit:
        """Find out what the request is about."""
        site = self._site
        operation = find_operation(request.path, site.unity_path, alias=site.quirks.retire_token_alias)
        if operation:
            visit = unity.admit(request, operation, site)
            visit.route = (UNITY, visit.route)
        elif fhir.is_ours(request, site):
            visit = fhir.admit(request, site)
            visit.route = (FHIR, visit.route)
        else:
            visit = Visit(request, Facts(method=request.method, path=request.path), route=(NOWHERE, None))
        return visit

    def answer(self, visit: Visit) -> Answer | Awaitable[Answer]:
        """Process the request."""
        part, route = visit.route
        if part == NOWHERE:
            return page(404, note="no such path")
        inner = Visit(visit.request, visit.facts, visit.grant, route, visit.distance, visit.shown)
        return unity.answer(inner, self._site) if part == UNITY else fhir.answer(inner, self._site)

    def failure(self, request: Request, status: int, body: str, headers: Pairs) -> Answer:
        """Return what a failing Unity, FHIR server, or the web tier before them, says."""
        if fhir.is_ours(request, self._site):
            return fhir_failure(status, body, headers)
        return unity_failure(status, body, headers)

    async def prepare(self) -> None:
        """Build the index of demographic search."""
        await self._site.demographics.ready()

    def login_page(self) -> Answer:
        """Return a log-in page with status 200."""
        return page(200)

    def register(self, client_id: str, raw: object) -> Mapping[str, Any]:
        """Keep a Unity service user, a FHIR client, or one name for both. Raises RegistrationError."""
        if not isinstance(raw, Mapping) or not ("password" in raw or "jwks" in raw):
            raise RegistrationError(HINT)
        clients.refuse_unknown(raw, (*clients.UNITY_FIELDS, *clients.FHIR_FIELDS))
        told: dict[str, Any] = {"client_id": client_id}
        if "password" in raw:
            account = clients.parse_account(client_id, raw, NAMES)
            self._site.accounts[client_id.lower()] = account
            told |= {"actions": sorted(account.actions), "users": sorted(account.users)}
        if "jwks" in raw:
            if not isinstance(raw["jwks"], Mapping):
                raise RegistrationError(HINT)
            known = self._site.fhir_clients.get(client_id)
            client = clients.parse_fhir_client(client_id, raw, self._site.state.clock.now(), known)
            self._site.fhir_clients[client_id] = client
            told |= {"scopes": client.scopes, "keys_pulled": client.pulled is client.published}
        return told
