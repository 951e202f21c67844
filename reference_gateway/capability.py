"""What the gateway says about itself: CapabilityStatement and smart-configuration, from the tables it serves by."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from reference_gateway.json_text import Json
from reference_gateway.routes import TYPES, UPDATABLE_TYPES, WRITABLE_TYPES
from reference_gateway.search_parameters import PARAMETERS, required

_SECURITY_SERVICE = "http://terminology.hl7.org/CodeSystem/restful-security-service"
_PUBLISHED = "2026-06-15"
_CONDITION = "; an update needs If-Match with the ETag of a read"
_EXPORT = {"name": "export", "definition": "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/patient-export"}
_LATER = "Creates with Prefer: respond-async are accepted with 202 and delivered when the EHR can take them."
_FROM_ISSUER = (
    "jwks_uri",
    "token_endpoint",
    "authorization_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
    "grant_types_supported",
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
)


def software_version() -> str:
    """Return the version of the installed gateway."""
    try:
        return version("gauntlet-ehr")
    except PackageNotFoundError:
        return "0"


@dataclass(frozen=True)
class Served:
    """What depends on the EHR behind: types that can be created, a word on the terminology in use, types served."""

    writable: Collection[str] = WRITABLE_TYPES
    terminology: str = ""
    later: bool = False
    bulk: bool = False
    types: Collection[str] = TYPES


class Capability:
    """The published self-description."""

    def __init__(self, base_url: str, issuer: str, served: Served) -> None:
        self.base_url = base_url
        self.issuer = issuer
        self.served = served

    def statement(self) -> Json:
        """Return the CapabilityStatement (http://hl7.org/fhir/R4/capabilitystatement.html)."""
        return {
            "resourceType": "CapabilityStatement",
            "version": software_version(),
            "status": "active",
            "date": _PUBLISHED,
            "kind": "instance",
            "software": {"name": "Gauntlet reference gateway", "version": software_version()},
            "implementation": {"description": "FHIR gateway in front of an EHR", "url": self.base_url},
            "fhirVersion": "4.0.1",
            "format": ["application/fhir+json", "json"],
            "rest": [
                {
                    "mode": "server",
                    **({"documentation": said} if (said := self.documentation()) else {}),
                    "security": {
                        "service": [{"coding": [{"system": _SECURITY_SERVICE, "code": "SMART-on-FHIR"}]}],
                        "description": "OAuth 2.0 bearer tokens with SMART scopes",
                    },
                    "resource": [self.resource(name) for name in self.served.types],
                    "interaction": [{"code": "batch"}],
                }
            ],
        }

    def documentation(self) -> str:
        """Return what is to be known of the whole, "" when there is nothing."""
        return " ".join(text for text in (self.served.terminology, _LATER if self.served.later else "") if text)

    def resource(self, resource_type: str) -> Json:
        """Return what is served of one type."""
        interactions = ["read", "search-type"]
        interactions += ["create"] if resource_type in self.served.writable else []
        updatable = "create" in interactions and resource_type in UPDATABLE_TYPES
        interactions += ["update"] if updatable else []
        needed = " or ".join("+".join(names) for names in required(resource_type))
        parameters: list[Json] = []
        for name, parameter in PARAMETERS[resource_type].items():
            entry: Json = {"name": name, "type": parameter.kind}
            if parameter.documentation:
                entry["documentation"] = parameter.documentation
            parameters.append(entry)
        return {
            "type": resource_type,
            "documentation": f"A search needs {needed}{_CONDITION if updatable else ''}",
            "interaction": [{"code": code} for code in interactions],
            "versioning": "no-version",
            **({"updateCreate": False} if updatable else {}),
            "conditionalCreate": False,
            "searchParam": parameters,
            **({"operation": [_EXPORT]} if self.served.bulk and resource_type == "Patient" else {}),
        }

    def smart_configuration(self, metadata: Mapping[str, Any]) -> Json:
        """Return the smart-configuration (SMART App Launch); its endpoints are those of the issuer's metadata."""
        told = {name: metadata[name] for name in _FROM_ISSUER if name in metadata}
        return {
            **told,
            "issuer": self.issuer,
            "code_challenge_methods_supported": ["S256"],
            "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2", "permission-patient"],
        }
