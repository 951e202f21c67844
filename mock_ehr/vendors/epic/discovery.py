"""What the double publishes about itself, true to what is implemented."""

from __future__ import annotations

from typing import Any

import orjson

from mock_ehr.assertions import ALGORITHMS
from mock_ehr.search import PARAMETERS
from mock_ehr.vendors.epic.routes import CREATABLE, IMPLEMENTED
from mock_ehr.vendors.epic.site import Site

SOFTWARE_VERSION = "November 2025"
PUBLISHED = "2026-06-15"
OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
SECURITY_SYSTEM = "http://terminology.hl7.org/CodeSystem/restful-security-service"
FHIR_TYPE = {"id": "token"}  # search parameter types whose FHIR name differs from ours


def capability_statement(site: Site) -> bytes:
    """Return the CapabilityStatement (FHIR R4, kind instance)."""
    return orjson.dumps(
        {
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": PUBLISHED,
            "publisher": "Gauntlet",
            "kind": "instance",
            "instantiates": ["http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server"],
            "software": {"name": "Epic", "version": SOFTWARE_VERSION, "releaseDate": "2025-11-01"},
            "implementation": {
                "description": "A double of Epic's FHIR R4 API with synthetic patients",
                "url": site.fhir_base,
            },
            "fhirVersion": "4.0.1",
            "format": ["xml", "json"],
            "rest": [
                {
                    "mode": "server",
                    "security": security(site),
                    "resource": [resource(name) for name in IMPLEMENTED],
                }
            ],
        }
    )


def security(site: Site) -> dict[str, Any]:
    """Return `rest.security`."""
    return {
        "extension": [{"url": OAUTH_URIS, "extension": [{"url": "token", "valueUri": site.token_url}]}],
        "cors": False,
        "service": [
            {"coding": [{"system": SECURITY_SYSTEM, "code": code}], "text": code} for code in ("OAuth", "SMART-on-FHIR")
        ],
    }


def resource(resource_type: str) -> dict[str, Any]:
    """Return `rest.resource` for one type."""
    codes = ["read", "search-type", *(("create",) if resource_type in CREATABLE else ())]
    return {
        "type": resource_type,
        "interaction": [{"code": code} for code in codes],
        "versioning": "no-version",
        "readHistory": False,
        "updateCreate": False,
        "conditionalCreate": False,
        "conditionalRead": "not-supported",
        "conditionalUpdate": False,
        "conditionalDelete": "not-supported",
        "referencePolicy": ["literal"],
        "searchParam": [
            {"name": known.name, "type": FHIR_TYPE.get(known.type, known.type)}
            for known in PARAMETERS[resource_type].values()
        ],
    }


def smart_configuration(site: Site) -> bytes:
    """Return the SMART discovery document (SMART App Launch 2.2), of what a backend client can use here."""
    return orjson.dumps(
        {
            "token_endpoint": site.token_url,
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
            "grant_types_supported": ["client_credentials"],
            "scopes_supported": ["system/*.*"],
            "code_challenge_methods_supported": ["S256"],
            "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
        }
    )
