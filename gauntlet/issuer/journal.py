"""The issuer's journal: who called which endpoint and when, so that a check can prove that somebody asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

CAPACITY = 10_000  # entries kept; older ones fall out


@dataclass(frozen=True, slots=True)
class Entry:
    """One call of an endpoint.

    `at` is in seconds since the epoch, `client_id` who it was, when that is known.
    """

    seq: int
    at: float
    endpoint: str
    method: str
    path: str
    status: int
    client_id: str | None


class Journal:
    """The latest calls in their order, numbered from 1."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: deque[Entry] = deque(maxlen=CAPACITY)
        self._seq = 0

    def note(self, endpoint: str, method: str, path: str, status: int, client_id: str | None = None) -> None:
        """Add a call that was answered."""
        self._seq += 1
        self._entries.append(Entry(self._seq, self._clock(), endpoint, method, path, status, client_id))

    def since(self, seq: int) -> dict[str, Any]:
        """Return the entries after `seq`, and the number to ask from next."""
        return {"entries": [asdict(e) for e in self._entries if e.seq > seq], "next": self._seq}

    def clear(self) -> None:
        """Forget all entries; the numbers go on, so that nobody who polls misses one."""
        self._entries.clear()
