"""Resource.meta: the label that says "test data" on everything, profiles, further security labels."""

from __future__ import annotations

from typing import Any

ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"

_HTEST = {"system": ACT_REASON, "code": "HTEST", "display": "test health data"}


def meta(*profiles: str, security: tuple[dict[str, str], ...] = ()) -> dict[str, Any]:
    """Resource.meta with US Core 6.1 profiles given by their short name, and labels beside HTEST."""
    claimed = {"profile": [US_CORE + name for name in profiles]} if profiles else {}
    return {**claimed, "security": [_HTEST, *security]}
