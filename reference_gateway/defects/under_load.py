"""Defects that take a spike, a fault in its middle, or time to show (LOD)."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from reference_gateway.access import AccessPolicy, Decision
from reference_gateway.authentication import Authentication
from reference_gateway.bundles import Bundles, Pairs
from reference_gateway.clock import Clock
from reference_gateway.creates import Creates
from reference_gateway.defects.defect import swap
from reference_gateway.ehr_client import EhrClient
from reference_gateway.ehr_request import EhrFailure, EhrReply, EhrRequest
from reference_gateway.ehr_tokens import EhrTokens
from reference_gateway.exchange import Answer, Caller, ConsumerRequest, Exchange
from reference_gateway.gateway import Gateway, Steps
from reference_gateway.json_text import Json
from reference_gateway.lanes import Lanes
from reference_gateway.refusal import Refusal
from reference_gateway.write_ledger import Outcome

_QUEUE = 4
_SULK_S = 45.0
_LOOK_UP_S = 0.015
_KEPT_BYTES = 200_000
_MOST_FILES = 600
_EVERY = 6
_BATCH_ECHO_S = 0.3


class Pace:
    """Tells whether `many` things have happened within the last second."""

    def __init__(self, many: int) -> None:
        self.many = many
        self.recent: deque[float] = deque(maxlen=many)
        self.clock = Clock()

    def busy(self) -> bool:
        """Note one thing more, and tell."""
        now = self.clock.monotonic()
        self.recent.append(now)
        return len(self.recent) == self.many and now - self.recent[0] < 1.0


class FailsOpenWhenBusy(Authentication):
    """Lets everybody in when there is no time to look."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.pace = Pace(15)

    async def caller(self, request: ConsumerRequest) -> Caller:
        """Return who asks, or somebody who may do everything."""
        busy = self.pace.busy()
        try:
            return await super().caller(request)
        except Refusal:
            if not busy:
                raise
            return Caller("app-interactive", None, None, "system/*.cruds")


class SkipsScopesWhenBusy(AccessPolicy):
    """Takes every scope for wide enough when there is much to do."""

    def __init__(self) -> None:
        self.pace = Pace(15)

    def decide(self, caller: Caller, resource_type: str, action: str) -> Decision:
        """Return the widest access there is, when busy."""
        busy = self.pace.busy()
        try:
            return super().decide(caller, resource_type, action)
        except Refusal:
            if not busy:
                raise
            return Decision("permit:busy", None)


class ClingsToRefusedToken(EhrTokens):
    """Goes on with a token that the EHR has refused."""

    def rejected(self, token: str) -> None:
        """Hear nothing."""


class SulksAfterStorm(EhrClient):
    """Leaves an EHR that was overloaded once alone for a long while."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.not_before = 0.0

    async def call(self, request: EhrRequest) -> EhrReply:
        """Return the answer; after a storm nothing is asked for three quarters of a minute."""
        if self.clock.monotonic() < self.not_before:
            raise EhrFailure("overloaded", reached=False)
        try:
            return await super().call(request)
        except EhrFailure as failure:
            if failure.kind == "overloaded":
                self.not_before = self.clock.monotonic() + _SULK_S
            raise


class ForgetsSlotsWhenBusy(Lanes):
    """Stops counting slots once a queue has formed."""

    @asynccontextmanager
    async def slot(self, lane: str, patience_s: float) -> AsyncIterator[None]:
        """Hold a slot, or none when others wait already."""
        if self.waiting >= _QUEUE:
            yield
            return
        async with super().slot(lane, patience_s):
            yield


class LosesMatchesWhenBusy(Bundles):
    """Delivers one match less when there is much to do."""

    def __init__(self, base_url: str, ehr_base_url: str) -> None:
        super().__init__(base_url, ehr_base_url)
        self.pace = Pace(12)

    def write(self, resource_type: str, resources: Sequence[Json], used: Pairs, next_token: str | None) -> Json:
        """Return the searchset, now and then without its last match."""
        short = self.pace.busy() and len(resources) > 1
        return super().write(resource_type, resources[:-1] if short else resources, used, next_token)


class DropsElementsWhenBusy(LosesMatchesWhenBusy):
    """Delivers records without their status when there is much to do."""

    def write(self, resource_type: str, resources: Sequence[Json], used: Pairs, next_token: str | None) -> Json:
        """Return the searchset, now and then of records that lack an element."""
        if self.pace.busy():
            resources = [{name: value for name, value in item.items() if name != "status"} for item in resources]
        return Bundles.write(self, resource_type, resources, used, next_token)


class BatchBlocksTheRest(Gateway):
    """Has interactive requests wait as long as batch requests come in."""

    def __init__(self, steps: Steps) -> None:
        super().__init__(steps)
        self.batch_seen = -1.0

    async def handled(self, exchange: Exchange) -> Answer:
        """Return the answer; at once for batch only."""
        now = self.steps.clock.monotonic()
        if exchange.lane == "batch":
            self.batch_seen = now
        elif now - self.batch_seen < _BATCH_ECHO_S:
            await self.steps.clock.sleep(2.0)
        return await super().handled(exchange)


class SlipsWhenBusy(Creates):
    """Tells, when busy, which write is one in `_EVERY`."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.pace, self.count = Pace(6), 0

    def slips(self) -> bool:
        """Note one write more, and tell whether this is the one."""
        self.count += self.pace.busy()
        if self.count < _EVERY:
            return False
        self.count = 0
        return True


class AcknowledgesLostWritesWhenBusy(SlipsWhenBusy):
    """Says 201 before it has written, and forgets to."""

    async def send(self, exchange: Exchange, resource: Json) -> Outcome:
        """Return a success; when busy not every one is true."""
        if self.slips():
            return self.created(str(exchange.target.resource_type), "later")
        return await super().send(exchange, resource)


class WritesTwiceWhenBusy(SlipsWhenBusy):
    """Sends a write again before it has looked for its answer."""

    async def send(self, exchange: Exchange, resource: Json) -> Outcome:
        """Return the outcome of the last one written."""
        if self.slips():
            await super().send(exchange, resource)
        return await super().send(exchange, resource)


class ServesOneAtATime(EhrClient):
    """Looks something up before each call, one call after the other."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.turn = asyncio.Lock()

    async def call(self, request: EhrRequest) -> EhrReply:
        """Return the answer, in turn."""
        async with self.turn:
            await self.clock.sleep(_LOOK_UP_S)
        return await super().call(request)


class KeepsEveryAnswer(Gateway):
    """Remembers everything."""

    def __init__(self, steps: Steps) -> None:
        super().__init__(steps)
        self.kept: list[bytes] = []

    async def answer(self, request: ConsumerRequest) -> Answer:
        """Return the answer and keep a good deal of it."""
        self.kept.append(os.urandom(_KEPT_BYTES))
        return await super().answer(request)


class LeavesFilesOpen(Gateway):
    """Opens something for each request and closes nothing."""

    def __init__(self, steps: Steps) -> None:
        super().__init__(steps)
        self.open_files: list[int] = []

    async def answer(self, request: ConsumerRequest) -> Answer:
        """Return the answer."""
        if len(self.open_files) < _MOST_FILES:
            self.open_files.append(os.open(os.devnull, os.O_RDONLY))
        return await super().answer(request)


class SlowerWithEveryRequest(Gateway):
    """Goes through all earlier requests each time."""

    def __init__(self, steps: Steps) -> None:
        super().__init__(steps)
        self.count = 0

    async def answer(self, request: ConsumerRequest) -> Answer:
        """Return the answer, a millisecond later each time."""
        self.count += 1
        await self.steps.clock.sleep(self.count / 1000)
        return await super().answer(request)


DEFECTS = (
    swap("fails-open-when-busy", "LOD-09", "lets everybody in when busy", authentication=FailsOpenWhenBusy),
    swap("skips-scopes-when-busy", "LOD-09", "overlooks scopes when busy", access=SkipsScopesWhenBusy),
    swap("clings-to-refused-token", "LOD-06", "goes on with a refused token", ehr_tokens=ClingsToRefusedToken),
    swap("sulks-after-storm", "LOD-06", "asks nothing for 45 s after a 429", ehr_client=SulksAfterStorm),
    swap("forgets-slots-when-busy", "LOD-05", "counts no slots once a queue forms", lanes=ForgetsSlotsWhenBusy),
    swap("loses-matches-when-busy", "LOD-02", "a match less when busy", bundles=LosesMatchesWhenBusy),
    swap("drops-elements-when-busy", "LOD-04", "leaves the status out when busy", bundles=DropsElementsWhenBusy),
    swap("batch-blocks-the-rest", "LOD-02", "interactive waits for batch", gateway=BatchBlocksTheRest),
    swap(
        "acknowledges-lost-writes-when-busy",
        "LOD-03",
        "201 for a write that never happens",
        creates=AcknowledgesLostWritesWhenBusy,
    ),
    swap("writes-twice-when-busy", "LOD-03", "writes some records twice when busy", creates=WritesTwiceWhenBusy),
    swap("serves-one-at-a-time", "LOD-07", "looks something up, one call at a time", ehr_client=ServesOneAtATime),
    swap("keeps-every-answer", "LOD-08", "200 kB more with each request", gateway=KeepsEveryAnswer),
    swap("leaves-files-open", "LOD-08", "one open file more with each request", gateway=LeavesFilesOpen),
    swap("slower-with-every-request", "LOD-08", "1 ms more with each request", gateway=SlowerWithEveryRequest),
)
