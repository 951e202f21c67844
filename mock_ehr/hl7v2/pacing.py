"""When each message of a feed is due: rates one after the other. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Stretch(NamedTuple):
    """So many messages a second for so long; None: to the end. A rate of 0 is a pause."""

    rate_per_s: float
    for_s: float | None = None


def due_s(stretches: Sequence[Stretch], number: int) -> float:
    """Return when message `number` (from 0) is due, in seconds after the start.

    The first of a stretch is due at its beginning. Raises ValueError when the stretches end before it.
    """
    begins, left = 0.0, number
    for stretch in stretches:
        holds = None if stretch.for_s is None else round(stretch.rate_per_s * stretch.for_s)
        if holds is None or left < holds:
            if stretch.rate_per_s <= 0:
                break
            return begins + left / stretch.rate_per_s
        begins, left = begins + (stretch.for_s or 0.0), left - holds
    raise ValueError(f"the rates end before message {number}; let the last one have no for_s")
