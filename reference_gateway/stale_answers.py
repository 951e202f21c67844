"""Answers of the EHR that are kept for the time when it is down (RFC 5861, stale-if-error), in memory only.

What is kept is what the EHR sent, not what a consumer got: rights and consent are decided anew for each use. It is
kept for whom it was asked: another client, user, launch patient, scope or purpose finds nothing of it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from reference_gateway.clock import Clock
from reference_gateway.ehr_client import Caller
from reference_gateway.ehr_request import EhrFailure, EhrReply, EhrRequest

MOST_ANSWERS = 2_000
MOST_BYTES = 32 * 1024 * 1024
DOWN = frozenset(("timeout", "unreachable", "broken", "error", "overloaded", "open", "no-token"))


@dataclass
class Kept:
    """An answer and when it was asked for (monotonic seconds)."""

    reply: EhrReply
    asked_at: float


class StaleAnswers:
    """Stands before the client to the EHR and answers for it while it is down."""

    def __init__(self, ehr: Caller, clock: Clock, max_age_s: float, served: Callable[[], None]) -> None:
        self.ehr = ehr
        self.clock = clock
        self.max_age_s = max_age_s
        self.served = served  # told of each answer that was kept and is used
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._bytes = 0

    async def call(self, request: EhrRequest) -> EhrReply:
        """Return the EHR's answer, or the one it gave before when it is down now. Raises EhrFailure."""
        asked_at = self.clock.monotonic()
        try:
            reply = await self.ehr.call(request)
        except EhrFailure as failure:
            kept = self.usable(request, failure)
            if kept is None:
                raise
            self.served()
            request.served_stale(self.age_s(kept))
            return kept.reply
        self.keep(request, reply, asked_at)
        return reply

    def usable(self, request: EhrRequest, failure: EhrFailure) -> Kept | None:
        """Return what may be served in place of a failed call, None when there is nothing."""
        kept = self._kept.get(self.name(request))
        if kept is None or failure.kind not in DOWN or self.age_s(kept) > self.max_age_s:
            return None
        return kept

    def age_s(self, kept: Kept) -> float:
        """Return the age of an answer in seconds."""
        return self.clock.monotonic() - kept.asked_at

    def keep(self, request: EhrRequest, reply: EhrReply, asked_at: float) -> None:
        """Keep an answer for later; one that is no record ends what was kept before it."""
        name = self.name(request)
        former = self._kept.pop(name, None)
        if former is not None:
            self._bytes -= len(former.reply.body)
        if not request.safe or reply.status != 200:
            return
        self._kept[name] = Kept(reply, asked_at)
        self._bytes += len(reply.body)
        while len(self._kept) > MOST_ANSWERS or self._bytes > MOST_BYTES:
            self._bytes -= len(self._kept.popitem(last=False)[1].reply.body)

    def name(self, request: EhrRequest) -> Hashable:
        """Return under which name an answer is kept: who asked with which rights, and what."""
        return request.rights, request.method, request.path, request.query, request.route
