"""Calls that hang at the EHR: waited for, so that what is judged beside them is judged while they do."""

from __future__ import annotations

import time
from collections.abc import Callable

from gauntlet.errors import Inconclusive

AT_EHR_WITHIN_S = 10.0
OTHERS_FOLLOW_S = 0.4  # for so long no more calls came: those that are missing are held back by the gateway
_PAUSE_S = 0.02


def wait_until_hanging(
    count: Callable[[], int],
    wanted: int,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Wait until `count` calls at the EHR are `wanted`, or some, and no more come. Raises Inconclusive without any."""
    began = since = clock()
    before = 0
    while (hanging := count()) < wanted:
        now = clock()
        before, since = (hanging, now) if hanging > before else (before, since)
        if hanging and now - since > OTHERS_FOLLOW_S:
            return
        if now - began > AT_EHR_WITHIN_S:
            raise Inconclusive(f"{hanging} of {wanted} calls reached the EHR within {AT_EHR_WITHIN_S:g} s")
        pause(_PAUSE_S)
