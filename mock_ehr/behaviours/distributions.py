"""How long a delay takes: distributions in seconds, each drawn from a generator that is passed in."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from mock_ehr.behaviours.checks import FaultError, build, check_choice, check_number

LONGEST_S = 3600.0


class Distribution(Protocol):
    """A distribution of durations; `cap_s` is the longest it gives."""

    kind: ClassVar[str]

    @property
    def cap_s(self) -> float:
        """The longest duration."""

    def draw(self, draw: random.Random) -> float:
        """Return one duration in seconds, before the cap."""


def check_seconds(name: str, value: object) -> None:
    """Raise FaultError unless `value` is a duration."""
    check_number(name, value, 0, LONGEST_S)


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always `seconds`."""

    kind: ClassVar[str] = "fixed"
    seconds: float
    cap_s: float = LONGEST_S

    def __post_init__(self) -> None:
        check_seconds("seconds", self.seconds)

    def draw(self, draw: random.Random) -> float:
        """Return the duration."""
        del draw
        return self.seconds


@dataclass(frozen=True, slots=True)
class Uniform:
    """Evenly between `low_s` and `high_s`."""

    kind: ClassVar[str] = "uniform"
    low_s: float
    high_s: float
    cap_s: float = LONGEST_S

    def __post_init__(self) -> None:
        check_seconds("high_s", self.high_s)
        check_number("low_s", self.low_s, 0, self.high_s)

    def draw(self, draw: random.Random) -> float:
        """Return one duration."""
        return draw.uniform(self.low_s, self.high_s)


@dataclass(frozen=True, slots=True)
class Exponential:
    """Memoryless waiting with the mean `mean_s`."""

    kind: ClassVar[str] = "exponential"
    mean_s: float
    cap_s: float = 60.0

    def __post_init__(self) -> None:
        check_number("mean_s", self.mean_s, 1e-6, LONGEST_S)

    def draw(self, draw: random.Random) -> float:
        """Return one duration."""
        return draw.expovariate(1 / self.mean_s)


@dataclass(frozen=True, slots=True)
class Normal:
    """Around `mean_s` with the standard deviation `deviation_s`, never below 0."""

    kind: ClassVar[str] = "normal"
    mean_s: float
    deviation_s: float
    cap_s: float = LONGEST_S

    def __post_init__(self) -> None:
        check_seconds("mean_s", self.mean_s)
        check_seconds("deviation_s", self.deviation_s)

    def draw(self, draw: random.Random) -> float:
        """Return one duration."""
        return max(0.0, draw.gauss(self.mean_s, self.deviation_s))


@dataclass(frozen=True, slots=True)
class Lognormal:
    """What response times of servers look like: half below `median_s`, `sigma` says how long the tail is.

    The 99th percentile is `median_s * exp(2.33 * sigma)`.
    """

    kind: ClassVar[str] = "lognormal"
    median_s: float
    sigma: float
    cap_s: float = 60.0

    def __post_init__(self) -> None:
        check_number("median_s", self.median_s, 1e-6, LONGEST_S)
        check_number("sigma", self.sigma, 0, 10)

    def draw(self, draw: random.Random) -> float:
        """Return one duration."""
        return self.median_s * draw.lognormvariate(0, self.sigma)


@dataclass(frozen=True, slots=True)
class Pareto:
    """At least `scale_s`; the smaller `shape`, the heavier the tail (no mean at 1 and below)."""

    kind: ClassVar[str] = "pareto"
    scale_s: float
    shape: float
    cap_s: float = 60.0

    def __post_init__(self) -> None:
        check_number("scale_s", self.scale_s, 0, LONGEST_S)
        check_number("shape", self.shape, 0.1, 100)

    def draw(self, draw: random.Random) -> float:
        """Return one duration."""
        return self.scale_s * draw.paretovariate(self.shape)


DISTRIBUTIONS: Mapping[str, type[Distribution]] = {
    made.kind: made for made in (Fixed, Uniform, Exponential, Normal, Lognormal, Pareto)
}


def parse_distribution(raw: object) -> Distribution:
    """Return the distribution that `raw` describes. Raises FaultError."""
    if not isinstance(raw, Mapping) or "kind" not in raw:
        raise FaultError(f"distribution is {raw!r}; it is an object with a kind, one of {', '.join(DISTRIBUTIONS)}")
    check_choice("kind", raw["kind"], tuple(DISTRIBUTIONS))
    made = DISTRIBUTIONS[raw["kind"]]
    settings = {name: value for name, value in raw.items() if name != "kind"}
    parsed: Distribution = build(made, settings, f"distribution {made.kind}")  # type: ignore[type-var]
    check_seconds("cap_s", parsed.cap_s)
    return parsed
