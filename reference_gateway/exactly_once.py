"""Writes with a key happen once: repeats get the first outcome, duplicates at the same time wait for it.

A write whose answer was lost is never simply sent again; what became of it is found out first (lost_writes).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from reference_gateway.clock import Deadline
from reference_gateway.ehr_request import EhrFailure
from reference_gateway.idempotency_keys import WriteKey
from reference_gateway.refusal import Refusal
from reference_gateway.write_ledger import Entry, Outcome, WriteLedger

UNKNOWN_OUTCOME = "unknown-outcome"
Send = Callable[[], Awaitable[Outcome]]  # raises Refusal (the EHR refused) and EhrFailure


class ExactlyOnce:
    """Runs keyed writes. `render` turns a refusal of the EHR into the outcome that repeats will get."""

    def __init__(self, ledger: WriteLedger, render: Callable[[Refusal], Outcome]) -> None:
        self.ledger = ledger
        self.render = render
        self.running: dict[tuple[str, str], asyncio.Future[None]] = {}

    async def run(self, key: WriteKey, deadline: Deadline, send: Send, resolve: Send) -> tuple[Outcome, bool]:
        """Return the outcome and whether it is a replay.

        `send` writes; `resolve` finds out about an earlier write whose outcome is unknown. Raises Refusal 422 (another
        payload under this key), 409 (the first write is still under way), and what `send` and `resolve` raise.
        """
        while True:
            entry = self.ledger.begin(key)
            if entry is None:
                return await self.work(key, send, first=True), False
            self.check_payload(entry, key)
            if entry.outcome is not None:
                return entry.outcome, True
            running = self.running.get((key.scope, key.key))
            if running is None:
                return await self.work(key, resolve, first=False), True
            await self.wait_for(running, deadline)

    def check_payload(self, entry: Entry, key: WriteKey) -> None:
        """Raise Refusal 422 when the key was used for something else."""
        if entry.fingerprint != key.fingerprint:
            text = "this idempotency key was used for another request; use a new key for a new request"
            raise Refusal(422, "conflict", text, reason="idempotency-key-reused")

    async def wait_for(self, running: asyncio.Future[None], deadline: Deadline) -> None:
        """Wait until the write under way ends. Raises Refusal 409 when that takes too long."""
        try:
            async with asyncio.timeout(deadline.remaining()):
                await asyncio.shield(running)
        except TimeoutError:
            text = "the first request with this idempotency key is still under way"
            raise Refusal(409, "conflict", text, reason="idempotency-key-busy", headers={"Retry-After": "1"}) from None

    async def work(self, key: WriteKey, write: Send, *, first: bool) -> Outcome:
        """Run a write (`first`) or its resolution, and record what became of it.

        Only a first write that certainly never reached the EHR is forgotten: a resolution that fails leaves the outcome
        as unknown as it was.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.running[key.scope, key.key] = done
        try:
            outcome = await write()
            self.ledger.finish(key, outcome)
            return outcome
        except EhrFailure as failure:
            if first and not failure.reached:
                self.ledger.forget(key)
            raise
        except Refusal as refusal:
            self.refused(key, refusal, first=first)
            raise
        finally:
            del self.running[key.scope, key.key]
            done.set_result(None)

    def refused(self, key: WriteKey, refusal: Refusal, *, first: bool) -> None:
        """Record a refusal of the content as the outcome; other refusals of a first write leave the key free."""
        if refusal.reason == UNKNOWN_OUTCOME:
            return
        if 400 <= refusal.status < 500:
            self.ledger.finish(key, self.render(refusal))
        elif first:
            self.ledger.forget(key)
