"""The feed: the population's messages to one receiver, at a pace, with what failed kept for reading."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from mock_ehr.hl7v2.pacing import Stretch, due_s
from mock_ehr.hl7v2.sending import Delivery, Outgoing, Policy, Sender
from mock_ehr.journal import Journal

LOG = logging.getLogger("mock_ehr.hl7v2")
KEPT_FAILURES = 1000


@dataclass(frozen=True, slots=True)
class Order:
    """What a feed does: where to, how fast (stretch after stretch), and what happens without an acknowledgement."""

    host: str
    port: int
    stretches: Sequence[Stretch] = (Stretch(10.0),)
    policy: Policy = field(default_factory=Policy)
    limit: int | None = None


class Feed:
    """A feed that runs until its messages or rates end, or it is stopped.

    A message that is refused or never acknowledged goes to the error queue, as Bridges does it, and the feed goes on
    (vendors.md 1.16, W, E8).
    """

    def __init__(self, order: Order, outgoing: Iterator[Outgoing], journal: Journal) -> None:
        self._order = order
        self._outgoing = outgoing
        self._sender = Sender(order.host, order.port, order.policy, journal)
        self._failures: deque[dict[str, Any]] = deque(maxlen=KEPT_FAILURES)
        self._task: asyncio.Task[None] | None = None
        self.state = "waiting"
        self._reason = ""
        self._done = 0

    def start(self) -> None:
        """Begin on the running loop."""
        self.state = "running"
        self._task = asyncio.get_running_loop().create_task(self._run(), name="hl7v2-feed")

    def stop(self) -> None:
        """End at once; what is on the wire is not waited for."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            self.state = "stopped"

    async def stopped(self) -> None:
        """Stop and wait until the connection is closed."""
        self.stop()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            await self._send_all()
            self.state = "finished"
        except Exception as error:
            LOG.exception("the feed failed")
            self.state, self._reason = "failed", str(error)
        finally:
            await self._sender.close()

    async def _send_all(self) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for number, outgoing in enumerate(self._outgoing):
            if self._order.limit is not None and number >= self._order.limit:
                return
            try:
                due = begun + due_s(self._order.stretches, number)
            except ValueError as error:
                self._reason = str(error)
                return
            # also when it is late: making messages takes time, and others want to be served
            await asyncio.sleep(max(0.0, due - loop.time()))
            delivery = await self._sender.deliver(outgoing)
            self._done += 1
            if delivery.result != "accepted":
                self._failures.append(failure(outgoing, delivery))

    def status(self) -> dict[str, Any]:
        """Return what the control API shows."""
        return {
            "state": self.state,
            "reason": self._reason,
            "to": f"{self._order.host}:{self._order.port}",
            "done": self._done,
            "counts": asdict(self._sender.counts),
            "error_queue": list(self._failures),
        }


def failure(outgoing: Outgoing, delivery: Delivery) -> dict[str, Any]:
    """Return a row of the error queue."""
    return {
        "event": outgoing.event,
        "control_id": outgoing.control_id,
        "patient": outgoing.patient or None,
        **asdict(delivery),
    }
