"""A consumer that was refused for now (429, 503) and does as it was told: it waits, and asks again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from email.utils import parsedate_to_datetime

from gauntlet import expect
from gauntlet.answer import Answer
from gauntlet.errors import CheckFailed

FOR_NOW = (429, 503)
LONGEST_WAIT_S = 30.0


def wait_told(answer: Answer, now: float) -> float:
    """Return how many seconds a refusal asks to wait at `now` (epoch seconds), by Retry-After (RFC 9110, 10.2.3).

    Raises CheckFailed when it does not say, or asks for more than `LONGEST_WAIT_S`.
    """
    told = expect.header(answer, "Retry-After", "a refusal does not say when to come back")
    wait = seconds_told(told, now)
    if wait is None:
        raise CheckFailed(
            f"Retry-After of the answer to {answer.sent} cannot be read",
            expected="seconds or a date (RFC 9110)",
            actual=repr(told),
        )
    expect.at_most(wait, LONGEST_WAIT_S, "Retry-After is out of proportion", "s")
    return wait


def seconds_told(told: str, now: float) -> float | None:
    """Return the seconds from `now` (epoch seconds) that a Retry-After means, 0 for the past; None for neither form."""
    if told.isdecimal() and told.isascii():
        return float(told)
    try:
        return max(parsedate_to_datetime(told).timestamp() - now, 0.0)
    except (ValueError, OverflowError):
        return None


def come_back(refused: Sequence[Answer], ask: Callable[[], Answer], within_s: float, most: int) -> list[Answer]:
    """Ask again for `most` of what was `refused`, waiting as told, and return the answers: each has to be 200.

    Raises CheckFailed for a refusal that does not say when to come back, and for one that stands after `within_s`.
    """
    waits = [wait_told(answer, time.time()) for answer in refused]
    time.sleep(max(waits, default=0.0))
    until = time.monotonic() + within_s
    return [_patient(ask, until) for _ in refused[:most]]


def _patient(ask: Callable[[], Answer], until: float) -> Answer:
    answer = ask()
    while answer.status in FOR_NOW and time.monotonic() < until:
        time.sleep(wait_told(answer, time.time()))
        answer = ask()
    return expect.status(answer, 200)
