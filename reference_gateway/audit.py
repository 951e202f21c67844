"""The audit trail: one JSON line per request and per token grant, on disk before the answer leaves.

A write that fails makes the trail unserviceable: nothing is served until a record can be written again.
"""

from __future__ import annotations

import json
import os
import stat
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reference_gateway.audit_chain import GENESIS, head_file, record_hash
from reference_gateway.clock import Clock


class AuditUnavailable(Exception):
    """The record could not be written."""


@dataclass(frozen=True)
class AuditEvent:
    """What happened. result is success (2xx, 3xx), refused (4xx) or failure (5xx)."""

    correlation_id: str
    client_id: str
    user: str | None
    patient: str | None
    resource_type: str | None
    resource_id: str | None
    action: str
    result: str
    status: int
    latency_ms: float
    policy: str
    purpose: str | None = None
    reason: str | None = None
    token_id: str | None = None


class AuditTrail:
    """Appends to one file; an existing trail is continued. Raises OSError when the file cannot be opened."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._regular = stat.S_ISREG(os.fstat(self._descriptor).st_mode)
        self._head = os.open(head_file(file), os.O_WRONLY | os.O_CREAT, 0o600) if self._regular else None
        self._size = 0
        self.seq, self.last_hash = 0, GENESIS
        self.broken = False
        if self._regular:
            self._continue()

    def write(self, event: AuditEvent) -> None:
        """Append one record. Raises AuditUnavailable when it cannot be put on disk."""
        record = self.record(event)
        line = json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        try:
            self._append(line)
            self.seq, self.last_hash = record["seq"], record["hash"]
            self._note_head()
        except OSError as error:
            self.broken = True
            raise AuditUnavailable(f"the audit record could not be written: {error.strerror}") from error
        self.broken = False

    def record(self, event: AuditEvent) -> dict[str, Any]:
        """Return the chained record of an event."""
        record = {"seq": self.seq + 1, "time": self.time(), **asdict(event), "prev": self.last_hash}
        record["hash"] = record_hash(record)
        return record

    def time(self) -> str:
        """Return the time in UTC with milliseconds."""
        now = datetime.fromtimestamp(self._clock.wall(), UTC)
        return now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"

    def close(self) -> None:
        """Close the files."""
        os.close(self._descriptor)
        if self._head is not None:
            os.close(self._head)

    def _append(self, line: bytes) -> None:
        if self._regular and self._file.stat().st_ino != os.fstat(self._descriptor).st_ino:
            raise OSError(2, "the audit file was replaced")
        written = os.write(self._descriptor, line)
        if written != len(line):
            if self._regular:
                os.ftruncate(self._descriptor, self._size)
            raise OSError(28, "only part of the record could be written")
        self._size += len(line)

    def _note_head(self) -> None:
        if self._head is not None:
            os.pwrite(self._head, f"{self.seq:012d} {self.last_hash}\n".encode(), 0)

    def _continue(self) -> None:
        """Take up the chain at the last whole record; half a line was never answered for and is cut off."""
        last = b""
        with self._file.open("rb") as stream:
            for line in stream:
                if not line.endswith(b"\n"):
                    break
                last = line
                self._size += len(line)
        os.ftruncate(self._descriptor, self._size)
        if last:
            try:
                record = json.loads(last)
                self.seq, self.last_hash = int(record["seq"]), str(record["hash"])
            except (ValueError, KeyError, TypeError):
                raise OSError(22, "the last line is not an audit record", str(self._file)) from None
        self._note_head()
