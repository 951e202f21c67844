"""CapabilityStatement and smart-configuration, with what is odd about them (V2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from mock_ehr.search import PARAMETERS
from mock_ehr.vendors.allscripts.fhir.routes import PROMISED_WRITES, TYPES
from mock_ehr.vendors.allscripts.site import Site

DATE = "2026-08-14"
SEARCH_TYPES: Mapping[str, str] = {"updated": "date", "id": "token"}
OPERATIONS = {
    "Group": [{"name": "export", "definition": "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export"}],
    "DocumentReference": [{"name": "docref", "definition": "http://hl7.org/fhir/us/core/OperationDefinition/docref"}],
}


def capability_statement(site: Site) -> bytes:
    """Return the CapabilityStatement, which promises writes that are refused."""
    resources = [resource_of(name) for name in TYPES]
    return orjson.dumps(
        {
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": DATE,
            "kind": "instance",
            "software": {"name": "Veradigm FHIR", "version": "4.22"},
            "implementation": {"description": "Veradigm FHIR R4", "url": site.fhir_base},
            "fhirVersion": "4.0.1",
            "format": ["application/fhir+json"],
            "implementationGuide": ["http://hl7.org/fhir/us/core/ImplementationGuide/hl7.fhir.us.core|3.1.1"],
            "rest": [{"mode": "server", "security": security(site), "resource": resources}],
        }
    )


def security(site: Site) -> dict[str, Any]:
    """Return where tokens come from (SMART's OAuth URIs extension)."""
    address = f"{site.state.public_url}{site.oauth_path}"
    service = {"system": "http://terminology.hl7.org/CodeSystem/restful-security-service", "code": "SMART-on-FHIR"}
    uris = [{"url": name, "valueUri": f"{address}/{name}"} for name in ("authorize", "token")]
    return {
        "service": [{"coding": [service]}],
        "extension": [
            {"url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris", "extension": uris}
        ],
    }


def resource_of(name: str) -> dict[str, Any]:
    """Return what is said of one type."""
    codes = ["read", "search-type", *(["create", "update"] if name in PROMISED_WRITES else [])]
    shown: dict[str, Any] = {
        "type": name,
        "interaction": [{"code": code} for code in codes],
        "versioning": "no-version",
    }
    found = PARAMETERS.get(name, {})
    parameters = [{"name": one.name, "type": SEARCH_TYPES.get(one.type, one.type)} for one in found.values()]
    if parameters:
        shown["searchParam"] = parameters
    if name in OPERATIONS:
        shown["operation"] = OPERATIONS[name]
    return shown


def smart_configuration(site: Site) -> bytes:
    """Return the smart-configuration.

    Seen: a key of its own for the ways to authenticate, tls_client_auth among them, and grants of old; what the key is
    called is a gap, so the name is ours.
    """
    address = f"{site.state.public_url}{site.oauth_path}"
    return orjson.dumps(
        {
            "issuer": f"{site.state.public_url}{site.oauth_path.rpartition('/connect')[0]}",
            "authorization_endpoint": f"{address}/authorize",
            "token_endpoint": f"{address}/token",
            "token_endpoint_auth_methods": ["client_secret_basic", "private_key_jwt", "tls_client_auth"],
            "grant_types_supported": ["authorization_code", "client_credentials", "hybrid", "implicit"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256", "RS384", "RS512"],
            "scopes_supported": ["system/*.read", "system/*.rs", "launch", "openid", "fhirUser", "offline_access"],
            "response_types_supported": ["code", "code id_token", "id_token token"],
            "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
            "code_challenge_methods_supported": ["S256"],
        }
    )
