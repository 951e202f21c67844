"""Veradigm FHIR on the wire: who calls, what for, and which part answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from mock_ehr.assertions import AssertionRefusedError, decode
from mock_ehr.facts import Facts
from mock_ehr.message import Answer, MalformedQueryError, Request, parse_form
from mock_ehr.scopes import LETTERS
from mock_ehr.search import split_commas
from mock_ehr.tokens import Grant, digest_of
from mock_ehr.vendor import Visit
from mock_ehr.vendors.allscripts.fhir import bulk
from mock_ehr.vendors.allscripts.fhir.discovery import capability_statement, smart_configuration
from mock_ehr.vendors.allscripts.fhir.lists import find_group
from mock_ehr.vendors.allscripts.fhir.outcomes import FHIR_JSON, JSON, refused, unauthorized, unimplemented
from mock_ehr.vendors.allscripts.fhir.reading import next_page, read, search
from mock_ehr.vendors.allscripts.fhir.routes import WRITES, Route, find_route
from mock_ehr.vendors.allscripts.fhir.token_endpoint import grant_token
from mock_ehr.vendors.allscripts.pages import page
from mock_ehr.vendors.allscripts.site import Site

DSTU2_JSON = "application/json+fhir; charset=utf-8"
KINDS = {"token": "token", "metadata": "metadata", "smart": "metadata"}
PLAIN = ("read", "search", "next-page")
ABOUT_PATIENT = ("patient", "subject", "beneficiary")

SERVED: Mapping[str, Callable[[Visit, Site], Answer | Awaitable[Answer]]] = {
    "read": read,
    "search": search,
    "next-page": next_page,
    "export": bulk.kick_off,
    "poll": bulk.poll,
    "cancel": bulk.cancel,
    "file": bulk.file,
}


def is_ours(request: Request, site: Site) -> bool:
    """Return whether a request is for the FHIR server or for the OAuth endpoints beside it."""
    return find_route(request, site.fhir_path, site.oauth_path) is not None


def admit(request: Request, site: Site) -> Visit:
    """Find out what a request is about."""
    route = find_route(request, site.fhir_path, site.oauth_path)
    assert route is not None  # noqa: S101 - narrows the type; the caller looked
    token = bearer(request.header("authorization"))
    grant = site.state.tokens.find(token) if token else None
    client_id = claimed_client(request) if route.action == "token" else grant.client_id if grant else ""
    facts = Facts(
        kind=KINDS.get(route.action, "data"),
        interaction=interaction_of(request, route),
        method=request.method,
        path=request.path,
        resource_type=route.resource_type,
        resource_id=route.resource_id,
        patients=patients_of(request, route, site),
        client_id=client_id,
        token=grant.digest if grant else digest_of(token) if token else "",
    )
    return Visit(request, facts, grant, route)


def interaction_of(request: Request, route: Route) -> str:
    """Return what kind of exchange this is."""
    if route.action in (*PLAIN, "token"):
        return route.action
    if route.action == "write":
        return WRITES.get(request.method, "other")
    return KINDS.get(route.action, "other")


def bearer(authorization: str) -> str:
    """Return the token of an Authorization header, "" when it holds none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def claimed_client(request: Request) -> str:
    """Return the client id that a token request claims, nothing checked; "" when none can be read."""
    try:
        form = dict(parse_form(request.body.decode("utf-8")))
        claimed = decode(form.get("client_assertion", "")).claims.get("iss")
    except (MalformedQueryError, UnicodeDecodeError, AssertionRefusedError):
        return ""
    return claimed if isinstance(claimed, str) else ""


def patients_of(request: Request, route: Route, site: Site) -> tuple[str, ...]:
    """Return the ids of the patients that a request names, each once."""
    if route.action == "read" or (route.action == "write" and route.resource_id):
        return patient_of_read(route, site)
    if route.action == "export":
        group = find_group(site, route.resource_id)
        return group.members if group else ()
    try:
        pairs = request.parameters()
    except MalformedQueryError:
        return ()
    if route.action == "next-page":
        session = site.state.sessions.peek(dict(pairs).get("_page", ""))
        return session.patients if session else ()
    names = (*ABOUT_PATIENT, "_id") if route.resource_type == "Patient" else ABOUT_PATIENT
    found = (part.rpartition("/")[2] for name, value in pairs if name in names for part in split_commas(value))
    return tuple(dict.fromkeys(found))


def patient_of_read(route: Route, site: Site) -> tuple[str, ...]:
    """Return the patient whose chart holds what is read."""
    if route.resource_type == "Patient":
        return (route.resource_id,)
    record = site.state.store.find(route.resource_type, route.resource_id) if route.resource_type != "Group" else None
    return (record.patient,) if record and record.patient else ()


def answer(visit: Visit, site: Site) -> Answer | Awaitable[Answer]:
    """Process a request."""
    route: Route = visit.route
    if route.action == "token":
        return grant_token(visit.request, site)
    if route.action == "metadata":
        kind = DSTU2_JSON if site.quirks.metadata_dstu2_type else FHIR_JSON
        return Answer(200, capability_statement(site), kind)
    if route.action == "smart":
        return Answer(200, smart_configuration(site), JSON)
    if route.action == "lost":
        return page(404, note="no such path")
    if visit.grant is None or not site.state.tokens.is_live(visit.grant):
        return unauthorized("no bearer token" if not visit.facts.token else "the token is unknown or expired")
    return refusal(visit.grant, route, site) or SERVED[route.action](visit, site)


def refusal(grant: Grant, route: Route, site: Site) -> Answer | None:
    """Return the refusal of a request with a live token, None when it may go on."""
    if route.action == "unimplemented":
        return unimplemented(route.feature)
    if route.action == "write":
        return refused(site.quirks.write_status, "The service is read-only; write through Unity.")
    if route.action in PLAIN and not covers(grant, route):
        return refused(403, f"The token does not cover {route.resource_type} {route.action}.")
    if route.action == "export" and not covers(grant, Route("read", "Group")):
        return refused(403, "The token does not cover the export of a Group.")
    return None


def covers(grant: Grant, route: Route) -> bool:
    """Return whether the token's scopes cover a read or a search of the type."""
    letter = LETTERS[route.action]
    return any(right.type in ("*", route.resource_type) and letter in right.letters for right in grant.rights)
