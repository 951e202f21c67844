"""Searching the audit trail: the records in which a field has a value, newest ones included."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reference_gateway.audit_chain import BrokenTrail


def search_file(file: Path, field: str, value: str) -> list[dict[str, Any]]:
    """Return the records of a trail whose `field` is `value`, oldest first. Raises OSError and BrokenTrail."""
    return [record for record in read_trail(file) if str(record.get(field)) == value]


def read_trail(file: Path) -> list[dict[str, Any]]:
    """Return the whole records of a trail; half a last line is still being written. Raises OSError and BrokenTrail."""
    lines = [line for line in file.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
    try:
        return [json.loads(line) for line in lines]
    except ValueError:
        raise BrokenTrail("a record is not JSON") from None
