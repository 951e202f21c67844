"""Defects in what is noticed of an EHR that has changed (CON-15)."""

from __future__ import annotations

from typing import Any

from reference_gateway.defects.defect import swap
from reference_gateway.ehr_request import EhrReply
from reference_gateway.json_text import Json
from reference_gateway.payloads import Payloads
from reference_gateway.r4.structure import problems


class PassesDriftedPayload(Payloads):
    """Passes records on without a look at their structure."""

    def resource(self, content: Any, resource_type: str) -> Json:
        """Return the content, whatever it has become."""
        if not isinstance(content, dict) or content.get("resourceType") != resource_type:
            return super().resource(content, resource_type)
        return content


class _Overlooks(Payloads):
    """Passes records on when nothing else is wrong with them than `overlooked`."""

    overlooked: tuple[str, ...]

    def resource(self, content: Any, resource_type: str) -> Json:
        """Return the content, though it may break the contract."""
        found = problems(content, resource_type) if isinstance(content, dict) else []
        if found and all(problem.endswith(self.overlooked) for problem in found):
            resource: Json = content
            return resource
        return super().resource(content, resource_type)


class PassesUnknownCodes(_Overlooks):
    """Takes any word for a code."""

    overlooked = ("is not a code of its required value set",)


class PassesOtherTypes(_Overlooks):
    """Looks at the names of elements, not at what they hold."""

    overlooked = ("is not an object with content", "is not a list with content", "is not a string", "is not a code")


class ChecksReadsOnly(PassesDriftedPayload):
    """Checks what is read, and trusts what is found: searches hand on whatever an entry has become."""

    _found = False

    def document(self, reply: EhrReply) -> Json:
        """Return the document, and remember whether its records were found by a search."""
        content = super().document(reply)
        self._found = content["resourceType"] == "Bundle"
        return content

    def resource(self, content: Any, resource_type: str) -> Json:
        """Return the content, checked unless it was found."""
        return (
            super().resource(content, resource_type) if self._found else Payloads.resource(self, content, resource_type)
        )


DEFECTS = (
    swap("passes-drifted-payload", "CON-15", "passes broken records on", payloads=PassesDriftedPayload),
    swap("passes-unknown-codes", "CON-15", "passes codes on that R4 does not know", payloads=PassesUnknownCodes),
    swap("passes-other-types", "CON-15", "passes elements of another type on", payloads=PassesOtherTypes),
    swap("checks-reads-only", "CON-15", "passes broken records on when they were searched", payloads=ChecksReadsOnly),
)
