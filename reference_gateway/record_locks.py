"""One update of a record at a time: what is compared with If-Match is what is replaced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from reference_gateway.clock import Deadline
from reference_gateway.refusal import Refusal


class RecordLocks:
    """Locks by record, held within this process; nothing is kept of records that nobody is updating."""

    def __init__(self) -> None:
        self._queues: dict[str, list[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def hold(self, name: str, deadline: Deadline) -> AsyncIterator[None]:
        """Hold a record. Raises Refusal 409 when the updates before take too long."""
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue = self._queues.setdefault(name, [])
        before = queue[-1] if queue else None
        queue.append(mine)
        try:
            await self._turn(before, deadline)
            yield
        finally:
            queue.remove(mine)
            if before is None or before.done():
                mine.set_result(None)
            else:  # gave up waiting: whoever comes next has to wait for the one before
                before.add_done_callback(lambda _: mine.set_result(None))
            if not queue:
                del self._queues[name]

    async def _turn(self, before: asyncio.Future[None] | None, deadline: Deadline) -> None:
        if before is None:
            return
        try:
            async with asyncio.timeout(deadline.remaining()):
                await asyncio.shield(before)
        except TimeoutError:
            text = "other updates of this record are still under way"
            raise Refusal(409, "conflict", text, reason="record-busy", headers={"Retry-After": "1"}) from None
