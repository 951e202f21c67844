"""Defects in what is served while the EHR is down (RES)."""

from __future__ import annotations

from reference_gateway.defects.defect import swap
from reference_gateway.ehr_request import EhrFailure, EhrReply, EhrRequest
from reference_gateway.exchange import Answer, Exchange
from reference_gateway.gateway import Gateway
from reference_gateway.reads import Reads
from reference_gateway.stale_answers import Kept, StaleAnswers


class ServesStaleUnmarked(Gateway):
    """Serves what it kept like what is true now."""

    def marks(self, exchange: Exchange) -> dict[str, str]:  # noqa: ARG002 - the honest signature
        """Say nothing."""
        return {}


class KeepsStaleAnswersForGood(StaleAnswers):
    """Prefers an old answer to none, however old."""

    def age_s(self, kept: Kept) -> float:
        """Return an age that is always allowed."""
        return min(super().age_s(kept), self.max_age_s)


class RejuvenatesStaleAnswers(StaleAnswers):
    """Counts the age from the last use."""

    async def call(self, request: EhrRequest) -> EhrReply:
        """Return an answer, and take what was kept for new."""
        try:
            return await super().call(request)
        finally:
            kept = self._kept.get(self.name(request))
            if kept is not None:
                kept.asked_at = self.clock.monotonic()


class StaleForEverybody(Reads):
    """Keeps what it delivered by address, and looks there first as long as the EHR is down."""

    down = False

    async def serve(self, exchange: Exchange) -> Answer:
        """Return the record, from wherever."""
        kept: dict[str, Answer] = self.__dict__.setdefault("kept", {})
        path = exchange.request.raw_path
        if self.down and path in kept:
            exchange.stale_s.append(0.0)
            return kept[path]
        try:
            kept[path] = await super().serve(exchange)
        except EhrFailure:
            self.down = True
            raise
        self.down = bool(exchange.stale_s)
        return kept[path]


DEFECTS = (
    swap("serves-stale-unmarked", "RES-13", "old data looks new", target="cache", gateway=ServesStaleUnmarked),
    swap("keeps-stale-answers", "RES-13", "old data has no end", target="cache", stale=KeepsStaleAnswersForGood),
    swap("rejuvenates-stale-answers", "RES-13", "ages from last use", target="cache", stale=RejuvenatesStaleAnswers),
    swap("stale-for-everybody", "RES-13", "old data is anybody's", target="cache", reads=StaleForEverybody),
)
