"""The gateway's own key at the EHR: made for one run, its public half registered at the mock EHR."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from gauntlet.errors import TargetError

ALGORITHM = "RS384"  # SMART Backend Services: servers support RS384 or ES384, clients both


def read_jwks(path: Path) -> dict[str, Any]:
    """Return the public key set in `path`. Raises TargetError when there is none, or when it holds a private key."""
    try:
        jwks = orjson.loads(path.read_bytes())
        keys = KeySet.import_key_set(jwks).keys
    except (OSError, ValueError, KeyError, TypeError, JoseError) as error:
        raise TargetError(
            f"ehr.0.jwks: {path} cannot be read as a JSON Web Key Set: {error}",
            hint='the file holds {"keys": [...]} with the public keys your gateway signs its client assertions with',
        ) from None
    if any(key.is_private for key in keys):
        raise TargetError(
            f"ehr.0.jwks: {path} holds a private key", hint="leave the private parts (d, p, q, ...) out of this file"
        )
    public: dict[str, Any] = jwks
    return public


def write_key(path: Path, key_id: str = "gauntlet-gateway-1") -> dict[str, Any]:
    """Write a new private JWK to `path` (mode 0600), in one step, and return the public key set."""
    key = RSAKey.generate_key(2048, {"kid": key_id, "alg": ALGORITHM, "use": "sig"}, private=True)
    draft = path.with_name(f".{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(key.as_dict(private=True)))
    draft.replace(path)
    return {"keys": [key.as_dict(private=False)]}
