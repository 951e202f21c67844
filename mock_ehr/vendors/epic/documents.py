"""The cap on requests for documents: so many a day for each client, then 4135 (vendors.md 1.6 and 1.14: S, E2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

TYPES = ("DocumentReference", "Binary")
DAY_S = 86_400


class DocumentCap:
    """Counts by client within one day (UTC) of the EHR's clock; `limit` 0 is no cap."""

    def __init__(self, limit: int, now: Callable[[], float]) -> None:
        self._limit = limit
        self._now = now
        self._day = -1
        self._asked: Counter[str] = Counter()

    def spend(self, client_id: str) -> bool:
        """Count one request and return whether it is within the cap."""
        today = int(self._now() // DAY_S)
        if today != self._day:
            self._day = today
            self._asked.clear()
        self._asked[client_id] += 1
        return self._asked[client_id] <= self._limit

    def reset(self) -> None:
        """Forget what was asked."""
        self._asked.clear()
