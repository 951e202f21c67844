"""What the authorization server publishes: smart-configuration, openid-configuration and its public keys.

Shaped like the sandbox's own documents (fhir.epic.com, read in 2026), listing what the mock does and no more.
"""

from __future__ import annotations

from typing import Any

import orjson

from mock_ehr.assertions import ALGORITHMS
from mock_ehr.message import Answer, Request
from mock_ehr.vendors.epic.dialect import JSON, page
from mock_ehr.vendors.epic.routes import Route
from mock_ehr.vendors.epic.site import Site

GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials")
AUTH_METHODS = ("client_secret_post", "client_secret_basic", "private_key_jwt")
SCOPES = ("fhirUser", "launch", "openid", "profile")
LISTED = {"grant_types_supported": GRANT_TYPES, "code_challenge_methods_supported": ["S256"]}
CAPABILITIES = (
    "launch-ehr",
    "launch-standalone",
    "client-public",
    "client-confidential-symmetric",
    "client-confidential-asymmetric",
    "context-banner",
    "context-ehr-patient",
    "context-ehr-encounter",
    "context-standalone-patient",
    "permission-offline",
    "permission-patient",
    "permission-user",
    "permission-v1",
    "permission-v2",
    "sso-openid-connect",
    "authorize-post",
)


def smart_configuration(site: Site) -> bytes:
    """Return the SMART discovery document (SMART App Launch 2.2)."""
    return orjson.dumps(
        {
            **endpoints(site),
            "token_endpoint_auth_methods_supported": AUTH_METHODS,
            "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
            "scopes_supported": SCOPES,
            "response_types_supported": ["code"],
            "capabilities": CAPABILITIES,
            **(LISTED if site.quirks.smart_lists_grants else {}),
        }
    )


def openid_configuration(site: Site) -> bytes:
    """Return the OpenID Connect discovery document."""
    return orjson.dumps(
        {
            **endpoints(site),
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "scopes_supported": SCOPES,
            "grant_types_supported": GRANT_TYPES,
            "token_endpoint_auth_methods_supported": AUTH_METHODS,
            "response_modes_supported": ["query"],
        }
    )


def endpoints(site: Site) -> dict[str, Any]:
    """Return what both documents say first. Introspection works and is not listed, as at Epic (vendors.md 1.2, E9)."""
    return {
        "issuer": site.oauth_base,
        "jwks_uri": site.keys_url,
        "authorization_endpoint": f"{site.oauth_base}/authorize",
        "token_endpoint": site.token_url,
    }


def openid(request: Request, _route: Route, site: Site) -> Answer:
    """Answer with the openid-configuration."""
    if request.method != "GET":
        return page(site.quirks.wrong_method_status, note=f"no {request.method} here")
    return Answer(200, openid_configuration(site), JSON)


def public_keys(request: Request, _route: Route, site: Site) -> Answer:
    """Answer with the public keys of id_tokens."""
    if request.method != "GET":
        return page(site.quirks.wrong_method_status, note=f"no {request.method} here")
    return Answer(200, site.signer.key_set(), JSON)
