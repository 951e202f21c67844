"""The gateway's general log, read where the target file says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gauntlet.errors import Inconclusive
from gauntlet.lab import Lab
from gauntlet.placeholder import fill
from gauntlet.steps import step


@dataclass(frozen=True)
class LogReader:
    """Reads the log of one run."""

    path: Path

    @classmethod
    def of(cls, lab: Lab) -> LogReader:
        """Return the reader for `lab`'s target."""
        return cls(Path(fill(lab.target.file.observe.logs, lab.values, {})))

    def size(self) -> int:
        """Return the log's length in bytes; `text(since=...)` reads from there."""
        return self.path.stat().st_size if self.path.exists() else 0

    def text(self, since: int = 0) -> str:
        """Return what was logged after the first `since` bytes.

        Raises Inconclusive when there is no log, or less of it than before: silence proves nothing about privacy.
        """
        step("asks the log")
        if self.size() < since:
            raise Inconclusive(f"the gateway's log {self.path} became shorter: it was truncated or rotated meanwhile")
        try:
            with self.path.open("rb") as file:
                file.seek(since)
                return file.read().decode("utf-8", errors="replace")
        except OSError as error:
            raise Inconclusive(f"the gateway's log {self.path} cannot be read: {error.strerror}") from None
