"""Defects in keeping two EHRs apart (RES-07)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from reference_gateway.breaker import Breakers, Circuit
from reference_gateway.clock import Clock
from reference_gateway.composition import Parts
from reference_gateway.defects.defect import Defect
from reference_gateway.lanes import Lanes


def one_breaker(parts: Parts) -> Parts:
    """Return parts whose breakers are the same for every EHR: one that fails closes the way to all."""
    circuits: dict[str, Circuit] = {}

    class OneBreakerForBoth(Breakers):
        def __init__(
            self, failures: int, open_s: float, clock: Clock, moved: Callable[[str, bool], None] = lambda *_: None
        ) -> None:
            super().__init__(failures, open_s, clock, moved)
            self._circuits = circuits

    return replace(parts, breakers=OneBreakerForBoth)


def one_pool(parts: Parts) -> Parts:
    """Return parts whose connections to every EHR come from one pool: one that hangs holds those of all."""
    pools: list[Lanes] = []

    class OnePoolForBoth(Lanes):
        def __init__(self, slots: int) -> None:
            super().__init__(slots)
            pools.append(Lanes(slots))

        @asynccontextmanager
        async def slot(self, lane: str, patience_s: float) -> AsyncIterator[None]:
            async with pools[0].slot(lane, patience_s):
                yield

    return replace(parts, lanes=OnePoolForBoth)


DEFECTS = (
    Defect("one-breaker-for-both", "RES-07", "an EHR that fails shuts off the other", one_breaker, "two-ehrs"),
    Defect("one-pool-for-both", "RES-07", "an EHR that hangs holds the other's connections", one_pool, "two-ehrs"),
)
