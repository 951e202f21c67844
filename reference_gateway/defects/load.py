"""Defects that show under load only (LOD)."""

from __future__ import annotations

from collections import deque

from reference_gateway.defects.defect import swap
from reference_gateway.exchange import Answer, ConsumerRequest, Exchange
from reference_gateway.gateway import Gateway, Steps

_EVERY = 100
_BUSY_PER_S = 50
_BUSY_AT_ONCE = 10
_DELAY_S = 1.2


class OneWrongPatientInAHundred(Gateway):
    """Gives every hundredth consumer the answer that was meant for another one."""

    def __init__(self, steps: Steps) -> None:
        super().__init__(steps)
        self.count = 0
        self.last: dict[tuple[str, str | None], tuple[str | None, Answer]] = {}

    async def handled(self, exchange: Exchange) -> Answer:
        """Return the answer, or now and then the one before about somebody else."""
        answer = await super().handled(exchange)
        kind = (exchange.target.interaction, exchange.target.resource_type)
        if answer.status != 200 or exchange.patient is None:
            return answer
        self.count += 1
        patient, earlier = self.last.get(kind, (exchange.patient, answer))
        self.last[kind] = (exchange.patient, answer)
        if self.count >= _EVERY and patient != exchange.patient:
            self.count = 0
            return earlier
        return answer


class SlowUnderLoad(Gateway):
    """Adds more than a second when more than ten requests are in flight or fifty a second come in."""

    def __init__(self, steps: Steps) -> None:
        super().__init__(steps)
        self.recent: deque[float] = deque(maxlen=_BUSY_PER_S)
        self.at_once = 0

    async def answer(self, request: ConsumerRequest) -> Answer:
        """Return the answer, late when there is much to do."""
        now = self.steps.clock.monotonic()
        self.recent.append(now)
        self.at_once += 1
        try:
            busy = len(self.recent) == _BUSY_PER_S and now - self.recent[0] < 1.0
            if busy or self.at_once > _BUSY_AT_ONCE:
                await self.steps.clock.sleep(_DELAY_S)
            return await super().answer(request)
        finally:
            self.at_once -= 1


DEFECTS = (
    swap(
        "one-wrong-patient-in-a-hundred",
        "LOD-04",
        "every hundredth answer is somebody else's",
        gateway=OneWrongPatientInAHundred,
    ),
    swap("slow-under-load", "LOD-01", "adds 1.2 s when busy", gateway=SlowUnderLoad),
)
