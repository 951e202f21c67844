"""Arrivals drawn from a rate curve: a seeded non-homogeneous Poisson process, with kinds and patients.

Method: inversion. A unit-rate Poisson process is mapped through the inverse of the curve's integral, which is
a parabola on each linear piece, so one random number gives one arrival exactly (Cinlar, Introduction to
Stochastic Processes, 1975, 4.7).
"""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from gauntlet.load.profile import RatePoint, Request


@dataclass(frozen=True, slots=True)
class Schedule:
    """Arrivals in order of time: columns of equal length."""

    starts: array[float]  # seconds from the start of the run
    kinds: array[int]  # index into the profile's mix
    patients: array[int]  # index into the plan's patients
    first: int = 0  # of all arrivals of the run, which one comes first here
    step: int = 1  # and each how many-th

    def number(self, arrival: int) -> int:
        """Return the number that an arrival has among all arrivals of the run."""
        return self.first + arrival * self.step

    def share(self, worker: int, workers: int) -> Schedule:
        """Return every `workers`-th arrival from `worker` on: the shares of all workers make up the whole."""
        part = slice(worker, None, workers)
        return Schedule(self.starts[part], self.kinds[part], self.patients[part], worker, workers)

    def __len__(self) -> int:
        return len(self.starts)


def draw(
    curve: Sequence[RatePoint], mix: Sequence[Request], patients: int, seed: int, *, in_turn: bool = False
) -> Schedule:
    """Draw the arrivals of one run; the same arguments always give the same schedule.

    Times, kinds and patients come from streams of their own, so a change of the mix leaves the times as they
    are. With `in_turn` every patient has a turn before one has a second one.
    """
    starts = array("d", arrival_times(curve, random.Random(f"{seed}:times")))
    weights = list(accumulate(request.weight for request in mix))
    kinds = random.Random(f"{seed}:kinds").choices(range(len(mix)), cum_weights=weights, k=len(starts))
    source = random.Random(f"{seed}:patients")
    if in_turn:
        order = source.sample(range(patients), patients)
        owners = [order[number % patients] for number in range(len(starts))]
    else:
        owners = source.choices(range(patients), k=len(starts))
    return Schedule(starts, array("H", kinds), array("L", owners))


def arrival_times(curve: Sequence[RatePoint], source: random.Random) -> Iterator[float]:
    """Yield the seconds of the arrivals of a Poisson process whose rate follows `curve`."""
    mass_before = 0.0
    target = source.expovariate(1.0)
    for left, right in pairwise(curve):
        width = right.at_s - left.at_s
        mass = (left.per_s + right.per_s) / 2 * width
        slope = (right.per_s - left.per_s) / width
        while target < mass_before + mass:
            yield left.at_s + min(_inverse(target - mass_before, left.per_s, slope), width)
            target += source.expovariate(1.0)
        mass_before += mass


def _inverse(mass: float, rate: float, slope: float) -> float:
    """Return t with rate * t + slope * t**2 / 2 = mass, in the form that does not cancel for small slopes."""
    return 2 * mass / (rate + math.sqrt(max(rate * rate + 2 * slope * mass, 0.0)))


def expected_arrivals(curve: Sequence[RatePoint]) -> float:
    """Return how many arrivals `curve` brings on average: its integral."""
    return sum((a.per_s + b.per_s) / 2 * (b.at_s - a.at_s) for a, b in pairwise(curve))
