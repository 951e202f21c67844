"""Records as they come from the EHR, made fit to deliver: contract checked, dress undone, owner verified."""

from __future__ import annotations

from typing import Any

from reference_gateway.canonical import Canonical
from reference_gateway.ehr_failures import payload_refusal
from reference_gateway.ehr_request import EhrReply
from reference_gateway.json_text import Json
from reference_gateway.patient_guard import PatientGuard
from reference_gateway.payloads import Payloads
from reference_gateway.search_match import MatchFilter


class Records:
    """The one way from the EHR's payloads to deliverable resources."""

    def __init__(self, payloads: Payloads, canonical: Canonical, guard: PatientGuard, matching: MatchFilter) -> None:
        self.payloads = payloads
        self.canonical = canonical
        self.guard = guard
        self.matching = matching

    def one(self, reply: EhrReply, resource_type: str, resource_id: str) -> Json:
        """Return the resource of a read. Raises Refusal 502 when it is not the one asked for, or not usable."""
        content = self.payloads.document(reply)
        resource = self.canonical.undress(self.payloads.resource(content, resource_type))
        self.guard.check_read(resource, resource_type, resource_id)
        return resource

    def matches(
        self, found: list[Any], resource_type: str, patient: str | None, filters: tuple[tuple[str, str], ...]
    ) -> list[Json]:
        """Return the matches of a search; one record that is not usable withholds them all (Refusal 502)."""
        resources = []
        for content in found:
            resource = self.canonical.undress(self.payloads.resource(content, resource_type))
            self.guard.check_match(resource, patient)
            check_identity(resource, filters)
            if self.matching.fits(resource, filters):
                resources.append(resource)
        return resources


def check_identity(resource: Json, filters: tuple[tuple[str, str], ...]) -> None:
    """Raise Refusal 502 when a record has another id or identifier than the search named."""
    for name, value in filters:
        if name == "_id" and resource["id"] != value:
            raise payload_refusal("it holds another record than the one asked for")
        if name == "identifier":
            wanted = {item.rpartition("|")[2] for item in value.split(",")}
            if "" not in wanted and not wanted & {item.get("value") for item in resource.get("identifier", [])}:
                raise payload_refusal("it holds another record than the one asked for")
