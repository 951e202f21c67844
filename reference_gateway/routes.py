"""From a raw path to what it is about. Ids are decoded once and must be FHIR ids; nothing else goes further.

Sources: http://hl7.org/fhir/R4/http.html (interactions), http://hl7.org/fhir/R4/datatypes.html#id.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import unquote_to_bytes, urlsplit

from reference_gateway.exchange import Target
from reference_gateway.refusal import Refusal, not_found

TYPES = (
    "Patient",
    "Encounter",
    "Condition",
    "Observation",
    "MedicationRequest",
    "AllergyIntolerance",
    "Appointment",
)
UNITY_TYPES = (*TYPES, "Immunization")  # served in front of Unity
WRITABLE_TYPES = ("AllergyIntolerance", "Condition", "Observation")
POSTED_SEARCH = "_search"
EXPORT = ("Patient", "$export")
_OF_EXPORTS = (["export", "status"], ["export", "file"])
UPDATABLE_TYPES = ("Observation",)

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)


class Routes:
    """Resolves paths under the gateway's base."""

    def __init__(
        self,
        base_url: str,
        writable: Collection[str] = WRITABLE_TYPES,
        *,
        types: Collection[str] = TYPES,
        later: bool = False,
        bulk: bool = False,
    ) -> None:
        self.types = types
        self.writable = writable
        self.later = later  # whether work is accepted for later and has a status
        self.bulk = bulk  # whether exports are served
        self.base_path = urlsplit(base_url).path.rstrip("/")

    def resolve(self, method: str, raw_path: str) -> Target:
        """Return what the request is about; the target carries the refusal when it is about nothing we serve."""
        if raw_path.rstrip("/") == self.base_path:
            return self.system_level(method)
        if not raw_path.startswith(self.base_path + "/"):
            return Target("other", refusal=not_found("this address"))
        segments = raw_path[len(self.base_path) + 1 :].split("/")
        if segments[0] not in self.types:
            return self.beside_types(method, segments)
        if len(segments) == 1 or segments[1:] == [""]:
            return self.type_level(method, segments[0])
        if len(segments) == 2:
            return self.instance_level(method, segments[0], segments[1])
        return Target("other", segments[0], refusal=not_found("this operation"))

    def system_level(self, method: str) -> Target:
        """Resolve [base]: batch."""
        return Target("batch") if method == "POST" else Target("other", refusal=_not_allowed(method, "POST"))

    def beside_types(self, method: str, segments: list[str]) -> Target:
        """Resolve [base]/async/[id], the status of work that was accepted for later, and addresses of exports."""
        if self.bulk and segments in _OF_EXPORTS:
            if method != "GET":
                return Target("other", refusal=_not_allowed(method, "GET"))
            return Target("-".join(segments))
        work_id = self.decoded_id(segments[1]) if self.later and len(segments) == 2 else None
        if segments[0] != "async" or work_id is None:
            return Target("other", refusal=not_found("this resource type or operation"))
        if method != "GET":
            return Target("other", refusal=_not_allowed(method, "GET"))
        return Target("status", None, work_id)

    def type_level(self, method: str, resource_type: str) -> Target:
        """Resolve [base]/[type]: search and, for some types, create."""
        if method == "GET":
            return Target("search", resource_type)
        if method == "POST" and resource_type in self.writable:
            return Target("create", resource_type)
        allowed = "GET, POST" if resource_type in self.writable else "GET"
        return Target("other", resource_type, refusal=_not_allowed(method, allowed))

    def posted_search(self, method: str, resource_type: str) -> Target:
        """Resolve [base]/[type]/_search: a search whose parameters are a form."""
        if method == "POST":
            return Target("search", resource_type)
        return Target("other", resource_type, refusal=_not_allowed(method, "POST"))

    def instance_level(self, method: str, resource_type: str, raw_id: str) -> Target:
        """Resolve [base]/[type]/[id]: read and, for some types, update; [id] may be _search."""
        if raw_id == POSTED_SEARCH:
            return self.posted_search(method, resource_type)
        if self.bulk and (resource_type, raw_id) == EXPORT:
            posted = method == "POST"
            return Target("export" if posted else "other", refusal=None if posted else _not_allowed(method, "POST"))
        resource_id = self.decoded_id(raw_id)
        if resource_id is None:
            refusal = Refusal(404, "not-found", "the id is not a FHIR id", reason="malformed-id")
            return Target("other", resource_type, refusal=refusal)
        if method == "GET":
            return Target("read", resource_type, resource_id)
        updatable = resource_type in UPDATABLE_TYPES and resource_type in self.writable
        if method == "PUT" and updatable:
            return Target("update", resource_type, resource_id)
        refusal = _not_allowed(method, "GET, PUT" if updatable else "GET")
        return Target("other", resource_type, resource_id, refusal=refusal)

    def decoded_id(self, raw_id: str) -> str | None:
        """Return the id after one decoding, None when it is not a FHIR id or would move within a path."""
        text = unquote_to_bytes(raw_id).decode("utf-8", "replace")
        return text if _ID.fullmatch(text) and text.strip(".") else None


def _not_allowed(method: str, allowed: str) -> Refusal:
    known = method if method in ("POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS") else "this method"
    return Refusal(
        405, "not-supported", f"{known} is not supported here", reason="method-not-allowed", headers={"Allow": allowed}
    )
