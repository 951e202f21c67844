"""Reading the EHR's answers: FHIR JSON of the right shape, or nothing is passed on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reference_gateway.ehr_failures import payload_refusal
from reference_gateway.ehr_request import EhrReply
from reference_gateway.json_text import Json, MalformedJson, read
from reference_gateway.r4.structure import problems

UNREADABLE = "ehr-unreadable"
_MEDIA_TYPES = ("application/fhir+json", "application/json")


class Payloads:
    """Turns bytes of the EHR into checked resources. `violated` is told the type whose contract was broken."""

    def __init__(self, violated: Callable[[str], None]) -> None:
        self.violated = violated

    def document(self, reply: EhrReply) -> Json:
        """Return the JSON object in an answer. Raises Refusal 502 when it is none."""
        if reply.media_type not in _MEDIA_TYPES or not _utf8(reply):
            raise payload_refusal("it is not FHIR JSON", UNREADABLE)
        try:
            content = read(reply.body)
        except MalformedJson:
            raise payload_refusal("it is not valid JSON", UNREADABLE) from None
        if not isinstance(content, dict) or not isinstance(content.get("resourceType"), str):
            raise payload_refusal("it is not a FHIR resource", UNREADABLE)
        return content

    def resource(self, content: Any, resource_type: str) -> Json:
        """Return `content` as a resource of the type. Raises Refusal 502 when it breaks the type's contract."""
        found = problems(content, resource_type) if isinstance(content, dict) else ["it is not an object"]
        if not found and "id" not in content:
            found = [f"{resource_type}.id: is missing"]
        if found:
            self.violated(resource_type)
            raise payload_refusal(f"it breaks the contract ({found[0]})", "ehr-contract")
        resource: Json = content
        return resource


def _utf8(reply: EhrReply) -> bool:
    charset = reply.headers.get("content-type", "").lower().partition("charset=")[2].strip(' "')
    return charset.partition(";")[0] in ("", "utf-8", "utf8")
