"""Defects in meeting what is too large or broken (NEG-03, NEG-09)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from reference_gateway.batches import LARGEST_BATCH, Batches, Entry
from reference_gateway.defects.defect import swap
from reference_gateway.ehr_request import EhrFailure
from reference_gateway.exchange import Answer, ConsumerRequest, Exchange
from reference_gateway.json_text import read_strict, write
from reference_gateway.payloads import UNREADABLE
from reference_gateway.reads import Reads
from reference_gateway.refusal import Refusal
from reference_gateway.request_limits import RequestLimits, too_long_body

_PAUSE_S = 9.0


class WaitsForBetterAnswers(Reads):
    """Gives the EHR time before it passes on that an answer was broken."""

    async def serve(self, exchange: Exchange) -> Answer:
        """Return the record. Raises Refusal and EhrFailure, late."""
        try:
            return await super().serve(exchange)
        except (EhrFailure, Refusal) as failure:
            if isinstance(failure, EhrFailure) or failure.reason == UNREADABLE:
                await asyncio.sleep(_PAUSE_S)
            raise


class NoBatchLimit(Batches):
    """Takes batches of any number of entries."""

    def entries(self, raw: bytes) -> list[Entry]:
        """Return the requests of a batch. Raises Refusal 400 or 501."""
        bundle = read_strict(raw)
        whole = bundle.get("entry", []) if isinstance(bundle, dict) else []
        if len(whole) <= LARGEST_BATCH:
            return super().entries(raw)
        parts = (whole[first : first + LARGEST_BATCH] for first in range(0, len(whole), LARGEST_BATCH))
        return [
            entry for part in parts for entry in super(NoBatchLimit, self).entries(write({**bundle, "entry": part}))
        ]


@dataclass(frozen=True)
class KeepsRefusedBodies(RequestLimits):
    """Reads a body wholly before it judges its size, and keeps it."""

    kept: list[bytes] = field(default_factory=list)

    async def body(self, request: ConsumerRequest) -> bytes:
        """Return the body. Raises Refusal 413 beyond the limit."""
        raw = await request.read_body(10**9)
        if len(raw) > self.body_bytes:
            self.kept.append(raw)
            raise too_long_body(self.body_bytes)
        return raw


DEFECTS = (
    swap("no-batch-limit", "NEG-03", "takes batches of any size", batches=NoBatchLimit),
    swap("keeps-refused-bodies", "NEG-03", "keeps what was too large", limits=KeepsRefusedBodies),
    swap("waits-for-better-answers", "NEG-09", "takes its time over a broken answer", reads=WaitsForBetterAnswers),
)
