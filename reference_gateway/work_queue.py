"""The queue of accepted work: on disk before it is acknowledged, in the order of acceptance.

Content is patient data: it is readable by the gateway's user only, and gone once the work is done. What became of work
stays for whoever asks: a status, an address, a reason.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reference_gateway.sqlite_file import open_sqlite

WAITING, DONE, DEAD = "waiting", "done", "dead"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS work (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, client TEXT NOT NULL, key TEXT NOT NULL,
  fingerprint TEXT NOT NULL, type TEXT NOT NULL, patient TEXT NOT NULL, accepted REAL NOT NULL, content TEXT,
  state TEXT NOT NULL DEFAULT 'waiting', status INTEGER, location TEXT, body BLOB, reason TEXT, UNIQUE (client, key)
)
"""
_FIELDS = "id, client, key, fingerprint, type, patient, accepted, content, state, status, location, body, reason"


@dataclass(frozen=True)
class Work:
    """One accepted write. `content` is JSON (see queued_writes), None when it is done; `accepted` epoch seconds."""

    id: str
    client_id: str
    key: str
    fingerprint: str
    resource_type: str
    patient: str
    accepted: float
    content: str | None
    state: str = WAITING
    status: int | None = None
    location: str | None = None
    body: bytes | None = None
    reason: str | None = None


class WorkQueue:
    """Keeps work in one SQLite file."""

    def __init__(self, file: Path) -> None:
        """Open or create the file. Raises sqlite3.Error and OSError."""
        self._db = self.connect(file)
        self._db.execute(_SCHEMA)
        self._db.execute("CREATE INDEX IF NOT EXISTS work_waiting ON work (state, patient, seq)")

    def connect(self, file: Path) -> sqlite3.Connection:
        """Open the file; what was written is on the disk itself when a statement returns."""
        return open_sqlite(file, "FULL")

    def add(self, work: Work) -> Work:
        """Add work and return it, or return what the client has put there under the same key before."""
        self._db.execute(
            "INSERT INTO work (id, client, key, fingerprint, type, patient, accepted, content)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                work.id,
                work.client_id,
                work.key,
                work.fingerprint,
                work.resource_type,
                work.patient,
                work.accepted,
                work.content,
            ),
        )
        return next(self._select("WHERE client = ? AND key = ?", (work.client_id, work.key)))

    def first_of_each_patient(self) -> list[Work]:
        """Return the oldest waiting work of each patient, oldest first."""
        oldest = "WHERE seq IN (SELECT min(seq) FROM work WHERE state = 'waiting' GROUP BY patient) ORDER BY seq"
        return list(self._select(oldest))

    def find(self, work_id: str) -> Work | None:
        """Return work by its id, None when there is none."""
        return next(self._select("WHERE id = ?", (work_id,)), None)

    def done(self, work: Work, status: int, location: str) -> None:
        """Record that work is done; its content is forgotten."""
        self._db.execute(
            "UPDATE work SET state = ?, status = ?, location = ?, content = NULL WHERE id = ?",
            (DONE, status, location, work.id),
        )

    def set_aside(self, work: Work, status: int, reason: str, body: bytes) -> None:
        """Put work on the list of dead letters: nobody but a human can help it."""
        self._db.execute(
            "UPDATE work SET state = ?, status = ?, reason = ?, body = ? WHERE id = ?",
            (DEAD, status, reason, body, work.id),
        )

    def dead_letters(self) -> list[Work]:
        """Return what was set aside, oldest first."""
        return list(self._select("WHERE state = 'dead' ORDER BY seq"))

    def count(self, state: str) -> int:
        """Return how much work is in a state."""
        return int(self._db.execute("SELECT count(*) FROM work WHERE state = ?", (state,)).fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _select(self, where: str, values: Iterable[object] = ()) -> Iterator[Work]:
        for row in self._db.execute(f"SELECT {_FIELDS} FROM work {where}", tuple(values)):  # noqa: S608 - our own text
            yield Work(*row)


def new_id() -> str:
    """Return an id that cannot be guessed."""
    return secrets.token_hex(16)
