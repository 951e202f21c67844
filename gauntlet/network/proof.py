"""How each network fault shows itself to a probe: what the probe does, and how what it saw is judged. Pure.

A probe is looked at twice, without the fault and under it. Timing is judged one-sided: a fault can only
make things later, and where an untouched network is as slow as the fault would make it, nothing is proven.
What a probe can't see (a limit above the size of the answer) is said so and is no proof.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gauntlet.network.probe import Plan, Sight

MISSED = 0.001  # accepted chance that no probe connection is hit by a toxicity below 1

Attributes = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether a fault took effect, and the sentence that says why."""

    held: bool
    evidence: str


@dataclass(frozen=True, slots=True)
class Situation:
    """A fault and what a probe saw without it; `normal` is the same probe before the fault."""

    attributes: Attributes
    stream: str
    normal: Sight

    def __getitem__(self, name: str) -> int:
        return self.attributes.get(name, 0)

    @property
    def upstream(self) -> bool:
        """Whether the fault acts on bytes from client to server."""
        return self.stream.lower() == "upstream"


@dataclass(frozen=True, slots=True)
class Prover:
    """One toxic's proof.

    `before` is the probe without the fault; `plan` returns the probe under it, or a sentence why none can
    show it; `judge` returns the proof from what that probe saw. `chance` is the share of affected
    connections that show it.
    """

    before: Callable[[str], Plan]
    plan: Callable[[Situation], Plan | str]
    judge: Callable[[Situation, Sight], Proof]
    chance: Callable[[Attributes], float] = lambda _: 1.0


def attempts(toxicity: float, chance: float) -> int:
    """Return how many probe connections it takes until one is hit, but for `MISSED` of cases; at most 20."""
    share = toxicity * chance
    if share >= 1:
        return 1
    return 0 if share <= 0 else min(20, math.ceil(math.log(MISSED) / math.log(1 - share)))


def milliseconds(seconds: float | None) -> str:
    """Return a time for a sentence."""
    return "never" if seconds is None else f"{seconds * 1000:.0f} ms"
