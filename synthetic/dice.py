"""Randomness that depends on (seed, purpose, index) only, and the few ways we draw from it.

Only `Random.random` is used: the standard library promises its sequence for a given integer seed on every
version and platform. No draw goes through the platform's mathematics library.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from statistics import NormalDist
from typing import TypeVar

Item = TypeVar("Item")
Draw = Callable[[], float]  # uniform in [0, 1)

NORMAL_STEPS = 2048
# Quantiles rounded to 4 decimals: a last-digit difference between platforms can't show.
_UPPER = [round(NormalDist().inv_cdf((n + 0.5) / NORMAL_STEPS), 4) for n in range(NORMAL_STEPS // 2, NORMAL_STEPS)]
NORMAL = (*[-value for value in reversed(_UPPER)], *_UPPER)


def stream(key: bytes, index: int) -> Draw:
    """The uniform draws of one purpose for one chart."""
    return Random(int.from_bytes(key, "big") << 64 | index).random


def pick(draw: Draw, items: Sequence[Item]) -> Item:
    """One of the items, each as likely as the other."""
    return items[int(draw() * len(items))]


def between(draw: Draw, low: int, high: int) -> int:
    """A whole number from low to high, both included."""
    return low + int(draw() * (high - low + 1))


def normal(draw: Draw, mean: float, deviation: float) -> float:
    """A normally distributed number, cut at about 3.5 standard deviations."""
    return mean + deviation * NORMAL[int(draw() * NORMAL_STEPS)]


def weighted(weights: dict[Item, float], slots: int = 1000) -> tuple[Item, ...]:
    """A table for `pick` in which each item fills its share of the slots: by largest remainders, one at least."""
    total = sum(weights.values())
    shares = {item: weight * slots / total for item, weight in weights.items()}
    counts = {item: max(1, int(share)) for item, share in shares.items()}
    by_remainder = sorted(shares, key=lambda item: counts[item] - shares[item])
    for item in by_remainder[: max(0, slots - sum(counts.values()))]:
        counts[item] += 1
    return tuple(item for item, count in counts.items() for _ in range(count))
