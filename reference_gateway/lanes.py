"""A bounded number of calls at the EHR at once; when they compete, interactive consumers go before batch."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from reference_gateway.client_limits import LANES
from reference_gateway.ehr_request import EhrFailure


class Lanes:
    """Slots for calls to the EHR, handed out by lane, then by arrival."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._order = count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def slot(self, lane: str, patience_s: float) -> AsyncIterator[None]:
        """Hold one slot. Raises EhrFailure busy when none comes free within `patience_s`."""
        await self._acquire(self.rank(lane), patience_s)
        try:
            yield
        finally:
            self.release()

    def rank(self, lane: str) -> int:
        """Return the place of a lane in the queue, 0 first; an unknown lane comes last."""
        return LANES.index(lane) if lane in LANES else len(LANES)

    @property
    def waiting(self) -> int:
        """Return how many calls wait for a slot."""
        return sum(not item[2].done() for item in self._waiting)

    def release(self) -> None:
        """Give a slot back: the first in the queue gets it."""
        while self._waiting:
            _, _, waiter = heapq.heappop(self._waiting)
            if not waiter.done():
                waiter.set_result(None)
                return
        self._free += 1

    async def _acquire(self, rank: int, patience_s: float) -> None:
        if self._free > 0:
            self._free -= 1
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, next(self._order), waiter))
        try:
            async with asyncio.timeout(patience_s):
                await waiter
        except BaseException as error:
            granted = waiter.done() and not waiter.cancelled()
            waiter.cancel()
            if granted:
                self.release()
            if isinstance(error, TimeoutError):
                raise EhrFailure("busy", reached=False) from None
            raise
