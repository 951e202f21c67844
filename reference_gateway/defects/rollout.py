"""Defects in stopping, restarting and changing the running gateway (ROL)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from reference_gateway.audit import AuditTrail
from reference_gateway.audit_chain import GENESIS
from reference_gateway.creates import Creates
from reference_gateway.defects.defect import swap
from reference_gateway.exchange import Answer, Exchange, Target
from reference_gateway.gateway import Gateway, Steps
from reference_gateway.json_text import Json
from reference_gateway.refusal import unavailable
from reference_gateway.rollout import Rollout
from reference_gateway.rollout_plan import Plan
from reference_gateway.settings import Settings, read_settings
from reference_gateway.write_ledger import Outcome

_LATER_S = 0.3


def without_draining(environment: Mapping[str, str]) -> Settings:
    """Return settings with next to no time for what is under way."""
    return replace(read_settings(environment), drain_s=0.01)


class AcknowledgesBeforeWriting(Creates):
    """Answers first and writes a moment later."""

    async def send(self, exchange: Exchange, resource: Json) -> Outcome:
        """Return a success; the write is under way."""

        async def later() -> None:
            await asyncio.sleep(_LATER_S)
            await super(AcknowledgesBeforeWriting, self).send(exchange, resource)

        task = asyncio.get_running_loop().create_task(later())
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return self.created(str(exchange.target.resource_type), "accepted")


class AuditChainStartsAnew(AuditTrail):
    """Begins a new chain in the old file whenever it starts."""

    def _continue(self) -> None:
        self._size = self._file.stat().st_size
        self.seq, self.last_hash = 0, GENESIS


class SwitchesNeedARestart(Rollout):
    """Reads the plan once."""

    def __init__(self, file: Path | None) -> None:
        super().__init__(file)
        self._first = super().plan()

    def plan(self) -> Plan:
        """Return the plan of the start."""
        return getattr(self, "_first", None) or super().plan()


class SwitchesEverythingOff(Rollout):
    """Takes one type that is off for all of them."""

    def check(self, target: Target) -> None:
        """Raise Refusal 503 while anything is off."""
        if self.plan().off:
            raise self.switched_off(str(target.resource_type))


class RollbackDropsWhatIsUnderWay(Gateway):
    """Breaks off the requests of a route that is left."""

    def __init__(self, steps: Steps) -> None:
        super().__init__(steps)
        self.route = ""
        self.under_way: set[asyncio.Task[Answer]] = set()

    async def handled(self, exchange: Exchange) -> Answer:
        """Serve; when the route has moved, drop everything else first."""
        if exchange.route != self.route:
            self.route = exchange.route
            for other in self.under_way:
                other.cancel()
        task = asyncio.get_running_loop().create_task(super().handled(exchange))
        self.under_way.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            raise unavailable("the route has changed", 1, reason="route-changed") from None
        finally:
            self.under_way.discard(task)


class CanaryForEverybody(Rollout):
    """Sends everybody ahead as soon as one client is."""

    def route(self, client_id: str) -> str:
        """Return the route."""
        plan = self.plan()
        return super().route(plan.canary[0] if plan.canary else client_id)


class CanaryForNobody(Rollout):
    """Knows one route for all."""

    def route(self, client_id: str) -> str:  # noqa: ARG002 - the honest signature
        """Return the route."""
        return self.plan().route


DEFECTS = (
    swap("stops-without-draining", "ROL-01", "cuts off what is under way", read_settings=without_draining),
    swap("acknowledges-before-writing", "ROL-02", "answers, then writes", creates=AcknowledgesBeforeWriting),
    swap("audit-chain-starts-anew", "ROL-02", "breaks the chain at a restart", audit=AuditChainStartsAnew),
    swap("switches-need-a-restart", "ROL-03", "reads switches at its start", rollout=SwitchesNeedARestart),
    swap("switches-everything-off", "ROL-03", "one switch is all switches", rollout=SwitchesEverythingOff),
    swap("rollback-drops-what-is-under-way", "ROL-04", "breaks off old requests", gateway=RollbackDropsWhatIsUnderWay),
    swap("canary-for-everybody", "ROL-05", "a canary takes all along", rollout=CanaryForEverybody),
    swap("canary-for-nobody", "ROL-05", "has no canary", rollout=CanaryForNobody),
)
