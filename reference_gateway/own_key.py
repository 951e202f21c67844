"""The gateway's own signing key, followed when its file is replaced: a rotation takes no restart."""

from __future__ import annotations

import json
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

ASSERTION_ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384")


class OwnKey:
    """The key in `file`; what cannot be read, such as half a file, leaves the present one in use."""

    def __init__(self, key: RSAKey | ECKey, file: Path | None = None) -> None:
        self._key = key
        self._file = file
        self._seen = self._state()

    def current(self) -> RSAKey | ECKey:
        """Return the key to sign with now."""
        state = self._state()
        if state != self._seen and self._file is not None:
            try:
                self._key = read_key(self._file)
                self._seen = state
            except (OSError, ValueError, JoseError):
                pass  # it may be in the middle of being written: the next assertion looks again
        return self._key

    def _state(self) -> tuple[int, int, int] | None:
        try:
            found = self._file.stat() if self._file is not None else None
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_size, found.st_ino) if found else None


def read_key(file: Path) -> RSAKey | ECKey:
    """Return the private JWK in `file`. Raises OSError, ValueError or JoseError for anything else."""
    document = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(document, dict) or not document.get("kid") or "d" not in document:
        raise ValueError(f"{file} must hold one private JWK with kid and alg")
    if document.get("alg") not in ASSERTION_ALGORITHMS:
        raise ValueError(f"the key's alg is {document.get('alg')!r}; valid are {', '.join(ASSERTION_ALGORITHMS)}")
    return (RSAKey if document.get("kty") == "RSA" else ECKey).import_key(document)
