"""SQLite files of the gateway: each statement is a transaction of its own, readable by the owner only."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Literal


def open_sqlite(file: Path, synchronous: Literal["NORMAL", "FULL"]) -> sqlite3.Connection:
    """Open or create a file. FULL: on the disk itself when a statement returns; NORMAL: with the operating system.

    Raises sqlite3.Error and OSError. Source: https://www.sqlite.org/pragma.html#pragma_synchronous
    """
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    file.chmod(0o600)
    return connection
