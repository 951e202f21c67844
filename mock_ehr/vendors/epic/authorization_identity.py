"""Who the user is, told to the client: id_token, the keys to check it with, and what is published about it.

Epic's OAuth page, "OpenID Connect id_tokens": RS256 only, kid is the base64 SHA-256 of the public key, valid for five
minutes, iss is the OAuth address of the instance.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cached_property
from typing import Any

import orjson
from joserfc import jwt
from joserfc.jwk import RSAKey

from mock_ehr.authorizations import Asked
from mock_ehr.tokens import Context


class Signer:
    """The instance's signing key, made when it is first needed."""

    @cached_property
    def key(self) -> RSAKey:
        """Return the private key. Making one takes about 0.1 s."""
        made = RSAKey.generate_key(2048)
        digest = hashlib.sha256(made.as_der(private=False)).digest()
        return RSAKey.import_key(made.as_dict(private=True), {"kid": base64.b64encode(digest).decode()})

    def sign(self, claims: dict[str, Any]) -> str:
        """Return the claims as a signed JWT."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid, "typ": "JWT"}, claims, self.key, algorithms=["RS256"])

    def key_set(self) -> bytes:
        """Return the public half as a JSON Web Key Set."""
        public = {**self.key.as_dict(private=False), "use": "sig", "alg": "RS256"}
        return orjson.dumps({"keys": [public]})


def identity(context: Context, asked: Asked, issuer: str, fhir_base: str, issued: int) -> dict[str, Any]:
    """Return the claims of an id_token but for `exp`."""
    claims: dict[str, Any] = {
        "aud": asked.client_id,
        "iat": issued,
        "iss": issuer,
        "sub": context.user.rpartition("/")[2],
    }
    if "fhirUser" in context.scopes:
        claims["fhirUser"] = f"{fhir_base}/{context.user}"
    if "profile" in context.scopes:
        claims["preferred_username"] = context.user.rpartition("/")[2].upper()[:12]
    if asked.nonce:
        claims["nonce"] = asked.nonce
    return claims
