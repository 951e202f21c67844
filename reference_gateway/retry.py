"""When an attempt is repeated, and after how long.

Only safe requests are repeated. Retry-After is obeyed (RFC 9110 section 10.2.3); without one the wait grows
exponentially with full jitter, so that many callers do not come back in step.
"""

from __future__ import annotations

import random
from datetime import UTC
from email.utils import parsedate_to_datetime

from reference_gateway.ehr_request import EhrFailure, EhrRequest

BASE_DELAY_S = 0.25
LONGEST_DELAY_S = 2.0
_MOMENT_S = 0.02  # timers may wake a little early
REPEATABLE = frozenset(("timeout", "unreachable", "broken", "error", "overloaded"))


class RetryPolicy:
    """Decides about the next attempt."""

    def __init__(self, max_attempts: int, randomness: random.Random) -> None:
        self.max_attempts = max_attempts
        self.randomness = randomness

    def wait_before_next(
        self, request: EhrRequest, failure: EhrFailure, attempt: int, remaining_s: float
    ) -> float | None:
        """Return the seconds to wait before attempt `attempt` + 1, None when there must be none."""
        if failure.kind not in REPEATABLE or not self.repeatable(request, failure):
            return None
        if attempt >= self.attempts_allowed():
            return None
        wait = self.asked_wait(failure)
        if wait is None:
            wait = self.backoff(attempt)
        return wait if wait < remaining_s else None

    def repeatable(self, request: EhrRequest, failure: EhrFailure) -> bool:
        """Tell whether sending again cannot change the record twice."""
        return request.safe or (not failure.reached and failure.kind == "unreachable")

    def attempts_allowed(self) -> int:
        """Return the most attempts for one consumer request."""
        return self.max_attempts

    def asked_wait(self, failure: EhrFailure) -> float | None:
        """Return the wait that the EHR asked for and a moment more, None when it did not ask."""
        return None if failure.retry_after_s is None else failure.retry_after_s + _MOMENT_S

    def backoff(self, attempt: int) -> float:
        """Return a random wait up to a bound that doubles with each attempt."""
        return self.randomness.uniform(0, min(LONGEST_DELAY_S, BASE_DELAY_S * 2 ** (attempt - 1)))


def retry_after_s(value: str | None, date: str | None, now: float) -> float | None:
    """Return the seconds that a Retry-After header asks for, None when absent or unreadable.

    `date` is the answer's own Date header, `now` epoch seconds in its place: counted from the sender's clock, the wait
    is right whatever the skew between both hosts. Both headers are cut to whole seconds, so it is never too short.
    """
    text = (value or "").strip()
    if text.isdecimal():
        return float(min(int(text), 86_400))
    moment = _epoch(text)
    if moment is None:
        return None
    sent = _epoch((date or "").strip())
    return max(0.0, moment - (now if sent is None else sent))


def _epoch(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
