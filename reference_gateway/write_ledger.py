"""The ledger of writes: each key is recorded before its write is sent, its outcome afterwards. Survives restarts.

It holds no patient data: a key, a digest, a status, an address, and for refusals an OperationOutcome.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from reference_gateway.clock import Clock
from reference_gateway.idempotency_keys import WriteKey
from reference_gateway.sqlite_file import open_sqlite

_SCHEMA = """
CREATE TABLE IF NOT EXISTS writes (
  scope TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, begun REAL NOT NULL,
  status INTEGER, location TEXT, body BLOB, PRIMARY KEY (scope, key)
) WITHOUT ROWID
"""


@dataclass(frozen=True)
class Outcome:
    """The known outcome of a write: status, Location ("" for none), body."""

    status: int
    location: str
    body: bytes


@dataclass(frozen=True)
class Entry:
    """A recorded write; `outcome` None means that it was begun and how it ended is not known."""

    fingerprint: str
    outcome: Outcome | None


class WriteLedger(Protocol):
    """Where writes are recorded."""

    def begin(self, key: WriteKey) -> Entry | None:
        """Record a write as begun and return None, or return the entry that is there already."""

    def finish(self, key: WriteKey, outcome: Outcome) -> None:
        """Record the outcome of a begun write."""

    def forget(self, key: WriteKey) -> None:
        """Remove a write that certainly did not happen, so that it may be tried again."""


class SqliteLedger:
    """A ledger in one SQLite file; entries older than `keep_s` are as if they had never been."""

    def __init__(self, file: Path, clock: Clock, keep_s: float) -> None:
        self._clock = clock
        self._keep_s = keep_s
        self._connection = self.connect(file)
        self._connection.execute(_SCHEMA)
        self._connection.execute("CREATE INDEX IF NOT EXISTS writes_begun ON writes (begun)")

    def connect(self, file: Path) -> sqlite3.Connection:
        """Open the file; every statement is on disk (of the operating system) when it returns."""
        return open_sqlite(file, "NORMAL")

    def begin(self, key: WriteKey) -> Entry | None:
        """Record a write as begun and return None, or return the entry that is there already."""
        now = self._clock.wall()
        self._connection.execute("DELETE FROM writes WHERE begun < ?", (now - self._keep_s,))
        added = self._connection.execute(
            "INSERT INTO writes (scope, key, fingerprint, begun) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (key.scope, key.key, key.fingerprint, now),
        )
        if added.rowcount:
            return None
        row = self._connection.execute(
            "SELECT fingerprint, status, location, body FROM writes WHERE scope = ? AND key = ?", (key.scope, key.key)
        ).fetchone()
        fingerprint, status, location, body = row
        return Entry(fingerprint, None if status is None else Outcome(status, location, bytes(body)))

    def finish(self, key: WriteKey, outcome: Outcome) -> None:
        """Record the outcome of a begun write."""
        self._connection.execute(
            "UPDATE writes SET status = ?, location = ?, body = ? WHERE scope = ? AND key = ?",
            (outcome.status, outcome.location, outcome.body, key.scope, key.key),
        )

    def forget(self, key: WriteKey) -> None:
        """Remove a write that certainly did not happen, so that it may be tried again."""
        self._connection.execute("DELETE FROM writes WHERE scope = ? AND key = ?", (key.scope, key.key))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
