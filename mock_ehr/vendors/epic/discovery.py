"""The CapabilityStatement: true to what is served, in the variety of the fleet (vendors.md 1.1 and 1.2: S, E1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

from mock_ehr.search import PARAMETERS
from mock_ehr.vendors.epic.site import Site
from mock_ehr.vendors.epic.surface import CREATABLE, READABLE, UPDATABLE

PUBLISHED = "2026-06-15"
OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
SECURITY_SYSTEM = "http://terminology.hl7.org/CodeSystem/restful-security-service"
US_CORE = "http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server|6.1.0"
BULK_DATA = "http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data"
MATCH = "http://hl7.org/fhir/OperationDefinition/Patient-match"
GROUP_EXPORT = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export"
FHIR_TYPE = {"id": "token", "updated": "date"}  # search parameter types whose FHIR name differs from ours
CONDITIONAL = {
    "conditionalCreate": False,
    "conditionalRead": "not-supported",
    "conditionalUpdate": False,
    "conditionalDelete": "not-supported",
}


def capability_statement(site: Site) -> bytes:
    """Return the CapabilityStatement (FHIR R4, kind instance)."""
    shape, version = site.quirks.capability_shape, site.quirks.software_version
    bulk = shape not in ("without-bulk", "without-operations")
    groups = [operation_row("Group", "group-export", GROUP_EXPORT)] if bulk else []
    released = datetime.strptime(version, "%B %Y").replace(tzinfo=UTC).date().isoformat()
    return orjson.dumps(
        {
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": PUBLISHED,
            "publisher": "Gauntlet",
            "kind": "instance",
            "instantiates": [*([BULK_DATA] if bulk else []), US_CORE],
            "software": {"name": "Epic", "version": version, "releaseDate": released},
            "implementation": {
                "description": "A double of Epic's FHIR R4 API with synthetic patients",
                "url": site.fhir_base,
            },
            "fhirVersion": site.quirks.fhir_version,
            "format": ["xml", "json"],
            "rest": [
                {
                    "mode": "server",
                    "security": security(site),
                    "resource": [*(resource(name, shape) for name in READABLE), *groups],
                }
            ],
        }
    )


def security(site: Site) -> dict[str, Any]:
    """Return `rest.security`."""
    shape = site.quirks.capability_shape
    services = ["OAuth", "SMART-on-FHIR", *(["Basic"] if shape != "without-basic" else [])]
    uris = [
        {"url": "token", "valueUri": site.token_url},
        {"url": "authorize", "valueUri": site.token_url.removesuffix("token") + "authorize"},
    ]
    extension = {} if shape == "without-oauth-uris" else {"extension": [{"url": OAUTH_URIS, "extension": uris}]}
    return {
        **extension,
        "cors": site.quirks.cors and shape != "without-cors",
        "service": [{"coding": [{"system": SECURITY_SYSTEM, "code": code}], "text": code} for code in services],
    }


def resource(resource_type: str, shape: str) -> dict[str, Any]:
    """Return `rest.resource` for one type."""
    searchable = PARAMETERS.get(resource_type, {})
    row: dict[str, Any] = {
        "type": resource_type,
        "interaction": [{"code": code} for code in interactions(resource_type, shape)],
        "versioning": "no-version",
        "readHistory": False,
        "updateCreate": False,
        **({} if shape == "without-conditional" else CONDITIONAL),
        "referencePolicy": ["literal"],
    }
    if searchable and shape != "without-search-include":
        row |= {"searchInclude": ["*"], "searchRevInclude": ["Provenance:target"]}
    if searchable:
        row["searchParam"] = [
            {"name": known.name, "type": FHIR_TYPE.get(known.type, known.type)} for known in searchable.values()
        ]
    if resource_type == "Patient" and shape != "without-operations":
        row["operation"] = [{"name": "match", "definition": MATCH}]
    return row


def interactions(resource_type: str, shape: str) -> list[str]:
    """Return the codes of what can be done with a type."""
    writes = shape != "without-writes"
    return [
        "read",
        *(["search-type"] if resource_type in PARAMETERS else []),
        *(["create"] if writes and resource_type in CREATABLE else []),
        *(["update"] if writes and resource_type in UPDATABLE else []),
    ]


def operation_row(resource_type: str, name: str, definition: str) -> dict[str, Any]:
    """Return `rest.resource` for a type that has an operation and nothing else."""
    return {"type": resource_type, "operation": [{"name": name, "definition": definition}]}
