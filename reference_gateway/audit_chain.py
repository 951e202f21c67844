"""The audit trail's hash chain: every record carries the hash of the one before, so that tampering shows.

hash = SHA-256 over the record's canonical JSON (sorted keys, minified) without `hash`; `prev` is the hash before, and
64 zeros in the first record. A file `<trail>.head` holds number and hash of the last record written, so that records
missing at the end show too, where it is present.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

GENESIS = "0" * 64


class BrokenTrail(Exception):
    """The trail does not verify; the message names the first bad record and why."""


def record_hash(record: dict[str, Any]) -> str:
    """Return the hash of a record, `hash` itself left out."""
    content = {name: value for name, value in record.items() if name != "hash"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def verify(lines: Iterable[bytes], head: tuple[int, str] | None = None) -> int:
    """Return the number of records in an intact trail. Raises BrokenTrail naming the first bad one."""
    expected, number = GENESIS, 0
    for number, line in enumerate(lines, start=1):
        record = _record(line, number)
        if record.get("seq") != number:
            raise BrokenTrail(
                f"record {number}: seq is {record.get('seq')!r}, {number} was expected (removed or reordered)"
            )
        if record.get("prev") != expected:
            raise BrokenTrail(f"record {number}: does not follow the record before it (removed, reordered or edited)")
        if record.get("hash") != record_hash(record):
            raise BrokenTrail(f"record {number}: was edited, its hash does not fit its content")
        expected = record["hash"]
        if head is not None and head[0] == number and head[1] != expected:
            raise BrokenTrail(f"record {number}: is not the record that was written last")
    if head is not None and head[0] > number:
        raise BrokenTrail(f"record {number + 1}: is missing, {head[0]} records were written")
    return number


def verify_file(file: Path) -> int:
    """Return the number of records of an intact trail in a file. Raises BrokenTrail and OSError."""
    with file.open("rb") as stream:
        return verify(stream, read_head(head_file(file)))


def head_file(trail: Path) -> Path:
    """Return where number and hash of the last record are kept."""
    return trail.with_name(trail.name + ".head")


def read_head(file: Path) -> tuple[int, str] | None:
    """Return number and hash of the last record written, None when they are not known."""
    try:
        number, text = file.read_text(encoding="ascii").split()
        return int(number), text
    except (OSError, ValueError):
        return None


def _record(line: bytes, number: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError:
        raise BrokenTrail(f"record {number}: is not JSON") from None
    if not isinstance(record, dict):
        raise BrokenTrail(f"record {number}: is not an object")
    return record
