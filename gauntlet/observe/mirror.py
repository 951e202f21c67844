"""A copy of an audit trail that does not lie in a file: JSON lines in the order in which they came."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

NAME = "audit-mirror.jsonl"


class Mirror:
    """Appends lines to one file, each whole; several threads may. Raises OSError when it cannot be opened."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)

    def add(self, lines: Iterable[bytes]) -> None:
        """Append lines, given without their newlines. Raises OSError."""
        whole = b"".join(line + b"\n" for line in lines)
        if not whole:
            return
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(descriptor, whole)
        finally:
            os.close(descriptor)
