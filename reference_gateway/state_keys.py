"""Secret keys of this gateway, made once and kept in its state folder: for page tokens and for pseudonyms in logs."""

from __future__ import annotations

import os
from pathlib import Path


def state_key(folder: Path, name: str) -> bytes:
    """Return the 32-byte key `name`, making it (mode 0600) when it does not exist. Raises OSError."""
    file = folder / f"{name}.key"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = file.read_bytes()
        if len(key) != 32:
            raise OSError(f"{file} does not hold a 32-byte key; delete it to have a new one made") from None
        return key
    key = os.urandom(32)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(key)
    return key
