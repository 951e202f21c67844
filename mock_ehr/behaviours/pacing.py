"""When the bytes of an answer leave: late, in drops, or after informational responses."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, ClassVar

from mock_ehr.behaviours.checks import FaultError, check_choice, check_number, check_texts, check_whole
from mock_ehr.behaviours.distributions import LONGEST_S, Fixed, parse_distribution
from mock_ehr.behaviours.stage import Pace, Stage
from mock_ehr.message import Drip as Drops


@dataclass(frozen=True, slots=True)
class Delay:
    """Process at once and answer later: after `seconds`, or after a time drawn from `distribution`.

    The distributions are in `mock_ehr.behaviours.distributions`; several delays add up.
    """

    kind: ClassVar[str] = "delay"
    stage: ClassVar[Stage] = Stage.PACE
    seconds: float | None = None
    distribution: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if (self.seconds is None) == (self.distribution is None):
            raise FaultError("the field 'seconds' is missing: give seconds or distribution, not both", "seconds")
        if self.seconds is not None:
            check_number("seconds", self.seconds, 0, LONGEST_S)
        else:
            try:
                parse_distribution(self.distribution)
            except FaultError as error:
                raise error.inside("distribution") from None

    def pace(self, pace: Pace, head: int, draw: random.Random) -> str:
        """Add the delay to `pace` and tell how long it is."""
        del head
        chosen = parse_distribution(self.distribution) if self.seconds is None else Fixed(self.seconds)
        seconds = min(chosen.draw(draw), chosen.cap_s)
        pace.delay_s += seconds
        return f"{seconds:.3f} s"


@dataclass(frozen=True, slots=True)
class Drip:
    """Send `bytes` bytes each `interval_s`: a slow server. Head and all, or only the body (`part`)."""

    kind: ClassVar[str] = "drip"
    stage: ClassVar[Stage] = Stage.PACE
    bytes: int
    interval_s: float
    part: str = "body"

    def __post_init__(self) -> None:
        check_whole("bytes", self.bytes, 1, 1 << 24)
        check_number("interval_s", self.interval_s, 0.001, LONGEST_S)
        check_choice("part", self.part, ("body", "all"))

    def pace(self, pace: Pace, head: int, draw: random.Random) -> str:
        """Let the bytes drip; of several drips the first one armed holds."""
        del draw
        if pace.drip is not None:
            return ""
        pace.drip = Drops(self.bytes, self.interval_s, head if self.part == "body" else 0)
        return f"{self.bytes} bytes each {self.interval_s} s"


@dataclass(frozen=True, slots=True)
class Interim:
    """Send informational responses before the answer: 100 unasked, 102, 103, many of them.

    A client must be able to take any number of them (RFC 9110 section 15.2). They leave at once, the answer
    after its delay.
    """

    kind: ClassVar[str] = "interim"
    stage: ClassVar[Stage] = Stage.PACE
    status: int = 103
    times: int = 1
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_whole("status", self.status, 100, 199)
        check_whole("times", self.times, 1, 10_000)
        check_texts("headers", self.headers)

    def pace(self, pace: Pace, head: int, draw: random.Random) -> str:
        """Put the informational responses before the answer."""
        del head, draw
        known = {status.value: status.phrase for status in HTTPStatus}
        lines = [f"HTTP/1.1 {self.status} {known.get(self.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        pace.interim += "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") * self.times
        return f"{self.times} times {self.status}"
