"""The live log of a served mock EHR: a line a request, from its journal."""

from __future__ import annotations

import time
from collections.abc import Iterator

from mock_ehr.journal import Entry, Journal

LINES_AT_ONCE = 200  # more than anybody reads in the time between two looks


class RequestLog:
    """Follows a journal. Each exchange is told once, when it ended."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._seen = 0
        self._told: set[int] = set()

    def skip(self) -> None:
        """Tell nothing of what happened up to now."""
        self._seen = self._journal.since(self._seen)[1]

    def lines(self) -> Iterator[str]:
        """Yield a line for each exchange that ended since the last look; of a great many, only how many."""
        entries, following = self._journal.since(self._seen)
        if len(entries) > LINES_AT_ONCE:
            yield f"... {len(entries) - LINES_AT_ONCE} requests more, see the journal of the control API"
            entries = entries[-LINES_AT_ONCE:]
        ended = [entry for entry in entries if entry.outcome != "open"]
        for entry in ended:
            if entry.seq not in self._told:
                yield line(entry)
        self._seen = following
        self._told = {entry.seq for entry in ended if entry.seq > following}


def line(entry: Entry) -> str:
    """Return one exchange in one line: when, method, status, milliseconds, path, faults, reason of a refusal."""
    at = time.strftime("%H:%M:%S", time.localtime(entry.started))
    path = f"{entry.request.path}?{entry.request.query}" if entry.request.query else entry.request.path
    status = entry.status if entry.outcome == "answered" else entry.outcome
    words = [f"{at} {entry.request.method:6} {status or '-':>8} {entry.duration_ms or 0:8.1f} ms  {path}"]
    if entry.faults:
        words.append(f"fault {', '.join(entry.faults)}")
    if entry.note:
        words.append(entry.note)
    return "  | ".join(words)
