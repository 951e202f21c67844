"""Which part of Epic's surface a request is for. Nothing here answers or judges."""

from __future__ import annotations

from typing import NamedTuple

from mock_ehr.message import Request
from mock_ehr.vendors.epic.surface import (
    CREATABLE,
    EPIC_CREATES,
    EPIC_TYPES,
    EPIC_UPDATES,
    READABLE,
    SEARCHABLE,
    UPDATABLE,
)

OPERATIONS = {("Patient", "$match"), ("Patient", "$summary"), ("Group", "$export")}
OAUTH = {
    ("token",): "token",
    ("authorize",): "authorize",
    ("authorize", "decision"): "decide",
    ("introspect",): "introspect",
    ("revoke",): "revoke",
    (".well-known", "openid-configuration"): "openid",
}
PUBLISHED = {
    ("metadata",): "metadata",
    (".well-known", "smart-configuration"): "smart",
    (".well-known", "openid-configuration"): "openid",
}
OAUTH_ABSENT = ("register", "userinfo")
PUBLIC_KEYS = ("2019", "Security", "Open", "PublicKeys")
OTHER = ("",) * 6
SCHEDULING = {"$find": "find", "$book": "book"}


class Route(NamedTuple):
    """Where a request leads.

    `action` is token, authorize, decide, introspect, revoke, openid, public-keys, metadata, smart, preflight, read,
    search, next-page, create, update, match, export, bulk-status, bulk-file, find or book, or one of the dead ends:
    lost (HTML 404), method, logoff, oauth and unimplemented (`feature` names what is not offered).
    """

    action: str
    resource_type: str = ""
    resource_id: str = ""
    feature: str = ""


LOST = Route("lost")
METHOD = Route("method")
PREFLIGHT = Route("preflight")


def find_route(instance: str, request: Request) -> Route:
    """Return the route of `request` for the Epic instance named `instance`."""
    if request.method == "GET":
        usual = usual_route(instance, request)
        if usual is not None:
            return usual
    segments = request.segments()
    if len(segments) < 2 or segments[0] != instance:
        return LOST
    if request.method == "OPTIONS" and request.header("access-control-request-method"):
        return PREFLIGHT
    if segments[1] == "oauth2":
        return oauth_route(segments[2:])
    return api_route(request, segments[2:]) if segments[1] == "api" else LOST


def usual_route(instance: str, request: Request) -> Route | None:
    """Return the route of a plain read or search, which most requests are; None for others: look closer."""
    _, named, api, fhir, version, *rest = request.path.split("/", 6) if request.path.count("/") > 4 else OTHER
    if (named, api, fhir, version) != (instance, "api", "FHIR", "R4") or "%" in request.path:
        return None
    if len(rest) == 1:
        searched = rest[0] in SEARCHABLE and "sessionID=" not in request.query
        return Route("search", rest[0]) if searched else None
    kind, resource_id = rest
    plain = kind in READABLE and resource_id.replace("-", "").replace(".", "").isalnum()
    return Route("read", kind, resource_id) if plain else None


def api_route(request: Request, rest: tuple[str, ...]) -> Route:
    """Return the route under `{instance}/api`."""
    if rest[:1] == ("epic",):
        return Route("public-keys") if rest[1:5] == PUBLIC_KEYS and rest[6:] == ("OIDC",) else LOST
    if rest[:2] == ("FHIR", "R4"):
        return fhir_route(request, rest[2:])
    return other_route(request, rest[1:]) if rest[:1] == ("FHIR",) else LOST


def other_route(request: Request, rest: tuple[str, ...]) -> Route:
    """Return the route beside the R4 base: bulk requests, scheduling of STU3, or another version."""
    if rest[:1] == ("BulkRequest",) and len(rest) in (2, 3):
        if len(rest) == 3:
            return Route("bulk-file", "Group", rest[1], rest[2]) if request.method == "GET" else METHOD
        return Route("bulk-status", "Group", rest[1]) if request.method in ("GET", "DELETE") else METHOD
    if rest[:2] == ("STU3", "Appointment") and len(rest) == 3 and rest[2] in SCHEDULING:
        return Route(SCHEDULING[rest[2]], "Appointment") if request.method == "POST" else METHOD
    if rest[:1] in (("STU3",), ("DSTU2",)):
        return Route("unimplemented", feature=f"{rest[0]} (only R4 is offered, and $find and $book of STU3)")
    return LOST


def oauth_route(rest: tuple[str, ...]) -> Route:
    """Return the route under `{instance}/oauth2`."""
    if rest in OAUTH:
        return Route(OAUTH[rest])
    if len(rest) == 1 and rest[0] in OAUTH_ABSENT:
        return Route("oauth", feature=f"oauth2/{rest[0]}")
    return Route("logoff")


def fhir_route(request: Request, rest: tuple[str, ...]) -> Route:
    """Return the route under the R4 base."""
    if rest in PUBLISHED:
        return Route(PUBLISHED[rest]) if request.method == "GET" else METHOD
    if not rest or rest[0] not in EPIC_TYPES or len(rest) > 3:
        return LOST
    special = special_route(request, rest)
    if special is not None:
        return special
    if len(rest) == 1:
        return type_route(request, rest[0])
    return instance_route(request, rest[0], rest[1])


def special_route(request: Request, rest: tuple[str, ...]) -> Route | None:
    """Return the route of an operation, of `_search` or of `_history`; None when it is none of them."""
    last = rest[-1]
    if len(rest) > 1 and last.startswith("$"):
        return operation_route(request, rest, last)
    if len(rest) == 2 and last == "_search":
        return posted_search(rest[0]) if request.method == "POST" else LOST
    return LOST if len(rest) == 3 else None


def operation_route(request: Request, rest: tuple[str, ...], name: str) -> Route:
    """Return the route of an operation; a kick-off of a bulk export is a GET (Bulk Data 1.0.1)."""
    if (rest[0], name) not in OPERATIONS:
        return LOST
    if name == "$match" and len(rest) == 2:
        return Route("match", "Patient") if request.method == "POST" else METHOD
    if name == "$export":
        if len(rest) != 3:
            return LOST
        return Route("export", "Group", rest[1]) if request.method == "GET" else METHOD
    return Route("unimplemented", rest[0], feature=f"the operation {rest[0]}/{name}")


def posted_search(resource_type: str) -> Route:
    """Return the route of `POST {Type}/_search`."""
    if resource_type in SEARCHABLE:
        return Route("search", resource_type)
    return METHOD if resource_type in READABLE else unheld(resource_type)


def unheld(resource_type: str, resource_id: str = "") -> Route:
    """Return the route to a type that Epic has and the mock does not."""
    return Route("unimplemented", resource_type, resource_id, f"the resource type {resource_type}")


def type_route(request: Request, resource_type: str) -> Route:
    """Return the route of `{Type}`: search, a page of it, or create."""
    if request.method == "POST":
        if resource_type in CREATABLE:
            return Route("create", resource_type)
        if resource_type in EPIC_CREATES:
            return Route("unimplemented", resource_type, feature=f"create of {resource_type}")
        return METHOD
    if request.method != "GET":
        return METHOD
    if resource_type not in SEARCHABLE:
        return METHOD if resource_type in READABLE else unheld(resource_type)
    paged = request.query.startswith("sessionID=") or "&sessionID=" in request.query
    return Route("next-page" if paged else "search", resource_type)


def instance_route(request: Request, resource_type: str, resource_id: str) -> Route:
    """Return the route of `{Type}/{id}`: read or update."""
    if request.method == "PUT" and resource_type in UPDATABLE:
        return Route("update", resource_type, resource_id)
    if request.method == "PUT" and resource_type in EPIC_UPDATES:
        return Route("unimplemented", resource_type, resource_id, f"update of {resource_type}")
    if request.method != "GET":
        return METHOD
    return (
        Route("read", resource_type, resource_id) if resource_type in READABLE else unheld(resource_type, resource_id)
    )
