"""What a consumer may write: a valid resource of a writable type about one patient, as the EHR can take it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from reference_gateway.compartment import mentioned_patients, patients_of
from reference_gateway.json_text import Json
from reference_gateway.r4.structure import problems
from reference_gateway.refusal import Refusal, invalid

_REFERENCE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}", re.ASCII)
_NOT_WRITABLE = ("contained", "implicitRules", "modifierExtension")
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
_VITAL_SIGNS = "vital-signs"

# element -> (code system, codes of the required value set)
_BINDINGS: Mapping[str, Mapping[str, tuple[str, frozenset[str]]]] = {
    "Condition": {
        "clinicalStatus": (
            f"{_TERMINOLOGY}condition-clinical",
            frozenset(("active", "recurrence", "relapse", "inactive", "remission", "resolved")),
        ),
        "verificationStatus": (
            f"{_TERMINOLOGY}condition-ver-status",
            frozenset(("unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error")),
        ),
    },
    "AllergyIntolerance": {
        "clinicalStatus": (
            f"{_TERMINOLOGY}allergyintolerance-clinical",
            frozenset(("active", "inactive", "resolved")),
        ),
        "verificationStatus": (
            f"{_TERMINOLOGY}allergyintolerance-verification",
            frozenset(("unconfirmed", "confirmed", "refuted", "entered-in-error")),
        ),
    },
    "Observation": {},
}
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "Condition": ("clinicalStatus", "verificationStatus", "category"),
    "AllergyIntolerance": ("clinicalStatus",),
    "Observation": ("category", "effectiveDateTime"),
}


class WriteRules:
    """Judges the body of a create or an update."""

    def check(self, content: Any, resource_type: str) -> Json:
        """Return the resource to create. Raises Refusal 400 (wrong kind of body) or 422 (invalid resource)."""
        if not isinstance(content, dict) or content.get("resourceType") != resource_type:
            raise invalid(f"the body must be one {resource_type}, as the address says")
        if "id" in content:
            raise invalid("a create has no id: the EHR assigns it")
        return self.check_content(content, resource_type)

    def check_update(self, content: Any, resource_type: str, resource_id: str) -> Json:
        """Return the resource to write in place of another. Raises Refusal 400 or 422, as for a create."""
        if not isinstance(content, dict) or content.get("resourceType") != resource_type:
            raise invalid(f"the body must be one {resource_type}, as the address says")
        if content.get("id") != resource_id:
            raise invalid("the id in the body must be that of the address")
        return self.check_content(content, resource_type)

    def check_content(self, content: Json, resource_type: str) -> Json:
        """Return the resource when it can be written. Raises Refusal 422."""
        found = problems(content, resource_type)
        if found:
            raise unprocessable(found[0], "required" if found[0].endswith("is missing") else "structure")
        for check in (self.check_elements, self.check_bindings, self.check_references, self.check_vital_sign):
            check(content, resource_type)
        return content

    def check_elements(self, resource: Json, resource_type: str) -> None:
        """Refuse elements that cannot be written, and the absence of those that the EHR needs."""
        for name in _NOT_WRITABLE:
            if name in resource:
                raise unprocessable(f"{name} cannot be written", "not-supported")
        for name in _REQUIRED[resource_type]:
            if name not in resource:
                raise unprocessable(f"{resource_type}.{name}: is missing", "required")

    def check_bindings(self, resource: Json, resource_type: str) -> None:
        """Refuse statuses outside their required value set; which of them it takes, the EHR decides."""
        for name, (system, codes) in _BINDINGS[resource_type].items():
            codings = resource.get(name, {"coding": [{"system": system, "code": next(iter(codes))}]}).get("coding", [])
            if not any(item.get("system") == system and item.get("code") in codes for item in codings):
                raise unprocessable(f"{resource_type}.{name} must be one of {', '.join(sorted(codes))}", "code-invalid")

    def check_references(self, resource: Json, _resource_type: str) -> None:
        """Refuse references that are not relative Type/id, and mention of any other patient than the subject."""
        if not all(_REFERENCE.fullmatch(text) for text in _references(resource)):
            raise unprocessable("references must be relative, as Type/id", "value")
        owners = patients_of(resource)
        if len(owners) != 1 or mentioned_patients(resource) != owners:
            raise unprocessable("the resource must be about exactly one patient", "value")

    def check_vital_sign(self, resource: Json, resource_type: str) -> None:
        """Refuse observations other than vital signs with a LOINC code: nothing else can be filed."""
        if resource_type != "Observation":
            return
        categories = {coding.get("code") for item in resource["category"] for coding in item.get("coding", [])}
        systems = {coding.get("system") for coding in resource["code"].get("coding", [])}
        if _VITAL_SIGNS not in categories or "http://loinc.org" not in systems:
            raise unprocessable("only vital signs with a LOINC code can be written", "business-rule")


def unprocessable(text: str, code: str) -> Refusal:
    """Return 422: the JSON is fine, the resource is not."""
    return Refusal(422, code, text, reason="invalid-resource")


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for child in value.values():
            yield from _references(child)
    elif isinstance(value, list):
        for child in value:
            yield from _references(child)
