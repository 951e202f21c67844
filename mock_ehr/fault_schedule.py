"""When a fault strikes: counts, shares and windows of time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mock_ehr.behaviours.checks import FaultError, check_number, check_whole

DAY_S = 86_400
MOST = 1 << 40
TIME_OF_DAY = re.compile(r"(?P<from>([01]\d|2[0-3]):[0-5]\d)-(?P<to>([01]\d|2[0-3]):[0-5]\d|24:00)")


@dataclass(frozen=True, slots=True)
class Moment:
    """When a request came: seconds since the fault was armed, and epoch seconds on the EHR's clock."""

    age_s: float
    now: float = 0.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a fault strikes the requests that its matcher fits. What is given has to hold together.

    Counts of matches inside the window of time: the first `skip` pass; then each `every`-th, or those numbered
    in `nth` (1 is the first match), of which a `share` (0..1, drawn by the seed) is struck, at most `first` in
    all. Times relative to arming: from `from_s` on, for `for_s` seconds; with `period_s` and `on_s` in bursts, on
    for the first `on_s` of each period. On the EHR's clock: `after` and `before` are instants in ISO 8601 with a
    zone, `daily` is a time of day in UTC, "07:30-08:15", over midnight too.
    """

    skip: int = 0
    first: int | None = None
    nth: Sequence[int] = ()
    every: int = 1
    share: float = 1.0
    from_s: float = 0.0
    for_s: float | None = None
    period_s: float | None = None
    on_s: float | None = None
    after: str = ""
    before: str = ""
    daily: str = ""

    def __post_init__(self) -> None:
        check_whole("skip", self.skip, 0, MOST)
        if self.first is not None:
            check_whole("first", self.first, 0, MOST)
        check_whole("every", self.every, 1, MOST)
        check_nth(self.nth)
        check_number("share", self.share, 0, 1)
        check_number("from_s", self.from_s, 0, DAY_S)
        if self.for_s is not None:
            check_number("for_s", self.for_s, 0, DAY_S)
        self._check_bursts()
        for name in ("after", "before"):
            instant(name, getattr(self, name))
        if not isinstance(self.daily, str) or (self.daily and not TIME_OF_DAY.fullmatch(self.daily)):
            raise FaultError(f'daily is {self.daily!r}; it is a time of day in UTC like "07:30-08:15"', "daily")

    def _check_bursts(self) -> None:
        if (self.period_s is None) != (self.on_s is None):
            raise FaultError("period_s and on_s belong together: on for on_s seconds of each period_s", "period_s")
        if self.period_s is not None:
            check_number("period_s", self.period_s, 0.001, DAY_S)
            check_number("on_s", self.on_s, 0, self.period_s)

    def open_at(self, moment: Moment) -> bool:
        """Return whether `moment` lies in the window of time."""
        age = moment.age_s - self.from_s
        if age < 0 or (self.for_s is not None and age >= self.for_s):
            return False
        if self.period_s is not None and self.on_s is not None and age % self.period_s >= self.on_s:
            return False
        return self._open_on_the_clock(moment.now)

    def _open_on_the_clock(self, now: float) -> bool:
        if self.after and now < instant("after", self.after):
            return False
        if self.before and now >= instant("before", self.before):
            return False
        return not self.daily or in_day(self.daily, now)

    def counts(self, number: int) -> bool:
        """Return whether the match `number`, 0 for the first one, is one that can be struck."""
        if number < self.skip:
            return False
        if self.nth:
            return number - self.skip + 1 in self.nth
        return (number - self.skip + 1) % self.every == 0


def check_nth(value: Any) -> None:
    """Raise FaultError unless `value` is a list of match numbers from 1."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise FaultError(f"nth is {value!r}; it is a list of whole numbers like [1, 3]", "nth")
    for number in value:
        check_whole("nth", number, 1, MOST)


def instant(name: str, text: str) -> float:
    """Return an ISO 8601 instant in epoch seconds, 0 for "". Raises FaultError."""
    if text == "":
        return 0.0
    try:
        parsed = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        parsed = None
    if parsed is None or parsed.tzinfo is None:
        raise FaultError(f'{name} is {text!r}; it is an instant with a zone like "2026-06-15T07:30:00Z"', name)
    return parsed.timestamp()


def in_day(window: str, now: float) -> bool:
    """Return whether `now` lies in the daily window, UTC."""
    start, _, end = window.partition("-")
    at = datetime.fromtimestamp(now, UTC).strftime("%H:%M")
    return start <= at < end if start <= end else at >= start or at < end
