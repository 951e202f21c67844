"""The gateway's own key at the EHR: made for one run, its public half registered at the mock EHR."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import orjson
from joserfc.jwk import RSAKey

ALGORITHM = "RS384"  # SMART Backend Services: servers support RS384 or ES384, clients both


def write_key(path: Path) -> dict[str, Any]:
    """Write a new private JWK to `path` (mode 0600) and return the public key set."""
    key = RSAKey.generate_key(2048, {"kid": "gauntlet-gateway-1", "alg": ALGORITHM, "use": "sig"}, private=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(key.as_dict(private=True)))
    return {"keys": [key.as_dict(private=False)]}
