"""What the EHR sees of a load run while it lasts: how many calls reach it, how many at once, how many it refuses."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gauntlet.errors import HarnessError, ProcessLost


@dataclass(frozen=True, slots=True)
class EhrView:
    """The EHR's side since the look before; `throttled` (answers with 429) since the first one."""

    per_s: float
    at_once: int  # calls that it had not answered at that moment
    throttled: int

    def line(self) -> str:
        """Return the view in a few words."""
        return f"EHR {self.per_s:.0f}/s, {self.at_once} under way, {self.throttled} times 429"


class EhrWatch:
    """Looks at the EHR's counters from time to time."""

    def __init__(self, counters: Callable[[], Mapping[str, Any]], now: Callable[[], float] = time.monotonic) -> None:
        self._counters, self._now = counters, now
        self._then, self._calls, self._throttled = now(), *self._read()[:2]

    def look(self) -> EhrView | None:
        """Return what happened since the last look; None when the EHR does not tell: a view is no verdict."""
        try:
            calls, throttled, at_once = self._read()
        except (HarnessError, ProcessLost):
            return None
        now = self._now()
        span, self._then = max(now - self._then, 0.001), now
        fresh, self._calls = calls - self._calls, calls
        return EhrView(max(fresh, 0) / span, at_once, max(throttled - self._throttled, 0))

    def _read(self) -> tuple[int, int, int]:
        counters = self._counters()
        return counters["total"], counters["exchanges"].get("429", 0), counters["open"]
