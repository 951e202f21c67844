"""Defects in serving batches (CON-21, CON-22, AUT-05)."""

from __future__ import annotations

from dataclasses import replace

from reference_gateway.batches import Batches
from reference_gateway.defects.defect import swap
from reference_gateway.exchange import Answer, ConsumerRequest, Exchange
from reference_gateway.gateway import Gateway
from reference_gateway.json_text import Json


class BatchFailsWhole(Batches):
    """Answers with the first error in place of the batch."""

    async def serve(self, exchange: Exchange) -> Answer:
        """Return the response, or the first entry's error."""
        failed: list[Answer] = []
        honest = self.serve_entry

        async def noted(batch: Exchange, request: ConsumerRequest) -> Answer:
            answer = await honest(batch, request)
            failed.extend([answer] if answer.status >= 400 else [])
            return answer

        self.serve_entry = noted
        try:
            whole = await super().serve(exchange)
        finally:
            self.serve_entry = honest
        return failed[0] if failed else whole


class BatchHidesFailures(Batches):
    """Leaves failed entries out."""

    async def answers(self, exchange: Exchange, requests: list[ConsumerRequest]) -> list[Answer]:
        """Return the answers that succeeded."""
        return [answer for answer in await super().answers(exchange, requests) if answer.status < 400]


class BatchShufflesEntries(Batches):
    """Puts what succeeded first."""

    async def answers(self, exchange: Exchange, requests: list[ConsumerRequest]) -> list[Answer]:
        """Return the answers, failures last."""
        return sorted(await super().answers(exchange, requests), key=lambda answer: answer.status >= 400)


class BatchEntriesAsSystem(Gateway):
    """Serves entries of a batch with a token for everything."""

    async def serve_entry(self, batch: Exchange, request: ConsumerRequest) -> Answer:
        """Serve one request of a batch, whatever its caller may."""
        caller = replace(batch.caller, patient=None, scope="system/*.cruds") if batch.caller else None
        return await super().serve_entry(replace(batch, caller=caller), request)


class TransactionsAsBatches(Batches):
    """Takes a transaction for a batch, one entry after the other."""

    def check_type(self, bundle: Json) -> None:
        """Accept both."""

    async def answers(self, exchange: Exchange, requests: list[ConsumerRequest]) -> list[Answer]:
        """Return the answers to requests that are served in order."""
        return [await self.serve_entry(exchange, request) for request in requests]


class TransactionsUnserved(TransactionsAsBatches):
    """Answers a transaction without serving it."""

    async def answers(self, exchange: Exchange, requests: list[ConsumerRequest]) -> list[Answer]:  # noqa: ARG002 - the honest signature
        """Return that everything was created."""
        return [Answer(201) for _ in requests]


DEFECTS = (
    swap("batch-fails-whole", "CON-21", "one bad entry spoils a batch", batches=BatchFailsWhole),
    swap("batch-hides-failures", "CON-21", "leaves failed entries out", batches=BatchHidesFailures),
    swap("batch-shuffles-entries", "CON-21", "answers entries out of order", batches=BatchShufflesEntries),
    swap("orders-by-halves", "IDP-09", "writes the first half of an order", batches=TransactionsAsBatches),
    swap("transactions-as-batches", "CON-22", "takes transactions for batches", batches=TransactionsAsBatches),
    swap("transactions-unserved", "CON-22", "answers transactions without serving", batches=TransactionsUnserved),
    swap("batch-entries-as-system", "AUT-05", "checks a batch, not its entries", gateway=BatchEntriesAsSystem),
)
