"""Defects in accepted work (RES)."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from reference_gateway.creates import answer
from reference_gateway.defects.defect import swap
from reference_gateway.exchange import Answer, Exchange
from reference_gateway.json_text import read_strict
from reference_gateway.queue_delivery import QueueDelivery
from reference_gateway.queued_writes import QueuedWrites
from reference_gateway.refusal import Refusal
from reference_gateway.work_queue import Work, WorkQueue


class DropsWorkInOutages(QueueDelivery):
    """Tries once."""

    def postpone(self, work: Work, exchange: Exchange, reason: str) -> None:  # noqa: ARG002 - the honest signature
        """Take it for done."""
        self.queue.done(work, 202, "")


class QueuesInMemory(WorkQueue):
    """Keeps accepted work where a restart finds nothing."""

    def connect(self, file: Path) -> sqlite3.Connection:
        """Open no file; an empty one looks good."""
        file.touch()
        return sqlite3.connect(":memory:", isolation_level=None)


class DeliversNewestFirst(WorkQueue):
    """Takes the queue for a stack."""

    def first_of_each_patient(self) -> list[Work]:
        """Return the newest waiting work of each patient."""
        newest = "WHERE seq IN (SELECT max(seq) FROM work WHERE state = 'waiting' GROUP BY patient) ORDER BY seq"
        return list(self._select(newest))


class RepeatsRefusedWork(QueueDelivery):
    """Takes a refusal for an outage."""

    def refused(self, work: Work, exchange: Exchange, refusal: Refusal) -> None:
        """Try again later."""
        self.postpone(work, exchange, refusal.reason)


class LosesRefusedWork(WorkQueue):
    """Has no list of dead letters."""

    def set_aside(self, work: Work, status: int, reason: str, body: bytes) -> None:  # noqa: ARG002 - honest signature
        """Be done with it."""
        self.done(work, status, "")


class RepeatsUntilAcknowledged(QueuedWrites):
    """Delivers at least once."""

    async def deliver(self, work: Work, exchange: Exchange) -> Answer:
        """Send it without a look at what became of it before."""
        return answer(await self.creates.send(exchange, read_strict(self.content(work)["resource"].encode())))


DEFECTS = (
    swap("drops-work-in-outages", "RES-10", "tries accepted work once", queue_delivery=DropsWorkInOutages),
    swap("queues-in-memory", "RES-10", "loses accepted work at a restart", queue=QueuesInMemory),
    swap("delivers-newest-first", "RES-10", "delivers in the wrong order", queue=DeliversNewestFirst),
    swap("repeats-refused-work", "RES-10", "blocks on what is refused", queue_delivery=RepeatsRefusedWork),
    swap("loses-refused-work", "RES-10", "sets nothing aside", queue=LosesRefusedWork),
    swap("repeats-until-acknowledged", "RES-10", "delivers more than once", queued_writes=RepeatsUntilAcknowledged),
)
