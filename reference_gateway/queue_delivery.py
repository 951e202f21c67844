"""Delivering accepted work: per patient in the order of acceptance, until the EHR has taken or refused it.

While the EHR is down a patient's oldest work is tried again, ever more rarely, and the rest of the patient's waits
behind it. What the EHR refuses, and what nobody can tell the outcome of, is set aside for a human.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from reference_gateway.audit import AuditUnavailable
from reference_gateway.clock import Clock
from reference_gateway.ehr_request import EhrFailure
from reference_gateway.error_answers import ErrorAnswers
from reference_gateway.exchange import Exchange
from reference_gateway.queued_writes import QueuedWrites
from reference_gateway.refusal import Refusal
from reference_gateway.request_log import RequestLog
from reference_gateway.work_queue import Work, WorkQueue

AT_ONCE = 4  # patients
FIRST_REST_S, LONGEST_REST_S = 0.25, 4.0
_LOOK_S = 0.5
Recorded = Callable[[Exchange, int], None]  # puts a delivery on the audit trail; raises AuditUnavailable


@dataclass
class Rest:
    """A patient's work rests until a moment (monotonic seconds), after so long a wait."""

    until: float
    wait_s: float


class QueueDelivery:
    """Delivers what is in the queue as long as it runs."""

    def __init__(  # noqa: PLR0913 - its parts, each replaceable on its own
        self,
        *,
        woken: asyncio.Event,
        queue: WorkQueue,
        writes: QueuedWrites,
        errors: ErrorAnswers,
        recorded: Recorded,
        log: RequestLog,
        clock: Clock,
        budget_s: float,
        keep_s: float,
    ) -> None:
        self.queue = queue
        self.writes = writes
        self.errors = errors
        self.recorded = recorded
        self.log = log
        self.clock = clock
        self.budget_s = budget_s
        self.keep_s = keep_s
        self.woken = woken  # set when there is work
        self.resting: dict[str, Rest] = {}

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            if not await self.whole(self.round()):
                self.woken.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_S):
                        await self.woken.wait()

    async def whole(self, work: Coroutine[Any, Any, int]) -> int:
        """Carry a round to its end even when the gateway is told to stop: a write is not left half way."""
        task = asyncio.ensure_future(work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await task
            raise

    async def round(self) -> int:
        """Deliver the oldest work of some patients, side by side; return of how many."""
        now = self.clock.monotonic()
        ready = [work for work in self.candidates() if work.patient not in self.resting or self.rested(work, now)]
        await asyncio.gather(*(self.deliver(work) for work in ready[:AT_ONCE]))
        return len(ready)

    def candidates(self) -> list[Work]:
        """Return the work that may be delivered next."""
        return self.queue.first_of_each_patient()

    def rested(self, work: Work, now: float) -> bool:
        """Tell whether a patient's work has rested long enough."""
        return self.resting[work.patient].until <= now

    async def deliver(self, work: Work) -> None:
        """Deliver one piece of work, or let its patient's work rest, or set it aside."""
        exchange = self.writes.exchange(work, self.budget_s)
        try:
            answer = await self.writes.deliver(work, exchange)
        except EhrFailure as failure:
            self.postpone(work, exchange, f"ehr-{failure.kind}")
        except Refusal as refusal:
            if refusal.status >= 500:
                self.postpone(work, exchange, refusal.reason)
            else:
                self.refused(work, exchange, refusal)
        except Exception as error:  # noqa: BLE001 - one bad piece of work must not stop all others
            self.log.event("error", correlation_id=exchange.correlation_id, exception=type(error).__name__)
            self.postpone(work, exchange, "internal")
        else:
            self.settled(work, exchange, answer.status, answer.headers.get("Location", ""))

    def settled(self, work: Work, exchange: Exchange, status: int, location: str) -> None:
        """Note the outcome of delivered work; a replayed refusal counts as one."""
        self.resting.pop(work.patient, None)
        if 200 <= status < 300:
            self.queue.done(work, status, location)
            self.record(exchange, status)
        else:
            self.refused(work, exchange, Refusal(status, "processing", "the EHR refused this", reason="ehr-refused"))

    def refused(self, work: Work, exchange: Exchange, refusal: Refusal) -> None:
        """Set aside what will not be taken however often it is tried."""
        self.resting.pop(work.patient, None)
        self.queue.set_aside(work, refusal.status, refusal.reason, self.errors.answer(refusal).body)
        self.record(exchange, refusal.status)

    def postpone(self, work: Work, exchange: Exchange, reason: str) -> None:
        """Let a patient's work rest, the longer the more often it has failed; what is too old is set aside."""
        if self.clock.wall() - work.accepted > self.keep_s:
            text = "the EHR did not take this within the time that work is kept"
            self.refused(work, exchange, Refusal(504, "timeout", text, reason=f"expired-{reason}"))
            return
        former = self.resting.get(work.patient)
        wait_s = min(LONGEST_REST_S, 2 * former.wait_s) if former else FIRST_REST_S
        self.resting[work.patient] = Rest(self.clock.monotonic() + wait_s, wait_s)

    def record(self, exchange: Exchange, status: int) -> None:
        """Put a delivery on the audit trail; the write itself is done and cannot be taken back."""
        exchange.target = replace(exchange.target, interaction="deliver")
        try:
            self.recorded(exchange, status)
        except AuditUnavailable:
            self.log.event("error", correlation_id=exchange.correlation_id, exception="AuditUnavailable")
