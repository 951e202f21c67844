"""Where token buckets are kept: in this process, or in a file that every instance on this host counts in.

Times are those of the monotonic clock, which all processes of one host share. A moment in the future was written before
the host was started anew: the bucket refills from now.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_MOST_BUCKETS = 10_000
_PATIENCE_MS = 50  # for another instance that counts at this moment: it takes microseconds


@dataclass
class Bucket:
    """Requests left, counted up to `filled_at` (monotonic seconds)."""

    left: float
    filled_at: float

    def refilled(self, size: Size, now: float) -> Bucket:
        """Return it with what has flowed back since."""
        return Bucket(min(size.capacity, self.left + max(0.0, now - self.filled_at) * size.rate_per_s), now)


@dataclass(frozen=True)
class Size:
    """How many requests a full bucket holds, and how many flow back in a second."""

    capacity: float
    rate_per_s: float


class Buckets(Protocol):
    """Keeps buckets by name."""

    def draw(self, name: str, size: Size, now: float) -> float:
        """Take one request if there is one; return how many were left before, less than 1 when there was none."""

    def left(self, name: str, size: Size, now: float) -> float:
        """Return how many are left."""


class OwnBuckets:
    """Buckets of this process alone; of too many, those that were used longest ago are forgotten."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Bucket] = OrderedDict()

    def draw(self, name: str, size: Size, now: float) -> float:
        """Take one request if there is one; return how many were left before."""
        bucket = self._kept.pop(name, Bucket(size.capacity, now)).refilled(size, now)
        left = bucket.left
        if left >= 1:
            bucket.left -= 1
        self._kept[name] = bucket
        if len(self._kept) > _MOST_BUCKETS:
            self._kept.popitem(last=False)
        return left

    def left(self, name: str, size: Size, now: float) -> float:
        """Return how many are left."""
        return self._kept.get(name, Bucket(size.capacity, now)).refilled(size, now).left


class SharedBuckets:
    """Buckets in an SQLite file that several processes count in; what cannot be counted there is counted here."""

    def __init__(self, file: Path) -> None:
        """Open or create the file. Raises sqlite3.Error."""
        self._alone = OwnBuckets()
        self._db = sqlite3.connect(file, isolation_level=None)
        for statement in (
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = OFF",  # after a power cut every bucket is full again
            "CREATE TABLE IF NOT EXISTS bucket (name TEXT PRIMARY KEY, remaining REAL, filled_at REAL) WITHOUT ROWID",
            f"PRAGMA busy_timeout = {_PATIENCE_MS}",
        ):
            self._db.execute(statement)
        file.chmod(0o600)

    def draw(self, name: str, size: Size, now: float) -> float:
        """Take one request if there is one; return how many were left before."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            with self._db:
                bucket = self._found(name, size, now)
                left = bucket.left - 1 if bucket.left >= 1 else bucket.left
                self._db.execute("INSERT OR REPLACE INTO bucket VALUES (?, ?, ?)", (name, left, now))
        except sqlite3.Error:
            return self._alone.draw(name, size, now)
        return bucket.left

    def left(self, name: str, size: Size, now: float) -> float:
        """Return how many are left."""
        try:
            return self._found(name, size, now).left
        except sqlite3.Error:
            return self._alone.left(name, size, now)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _found(self, name: str, size: Size, now: float) -> Bucket:
        row = self._db.execute("SELECT remaining, filled_at FROM bucket WHERE name = ?", (name,)).fetchone()
        return (Bucket(*row) if row else Bucket(size.capacity, now)).refilled(size, now)
