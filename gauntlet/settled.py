"""Waiting until something holds, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable


def settled(
    holds: Callable[[], bool],
    within_s: float,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> bool:
    """Return whether `holds` becomes true within `within_s`; it is asked at least twice, the last time afterwards."""
    deadline = clock() + within_s
    while clock() < deadline:
        if holds():
            return True
        pause(0.05)
    return holds()
