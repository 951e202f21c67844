"""Ids of what is created."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from itertools import count


class Ids:
    """New resource ids: opaque, 24 characters beginning with e, never the same twice in one process."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._numbers = count(1)

    def new(self, resource_type: str) -> str:
        """Return a fresh id."""
        digest = hashlib.sha256(f"{self._seed}:{resource_type}:{next(self._numbers)}".encode()).digest()
        return "e" + urlsafe_b64encode(digest).decode().replace("_", ".")[:23]
