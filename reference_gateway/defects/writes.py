"""Defects in writing once (IDP)."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from reference_gateway.clock import Clock, Deadline
from reference_gateway.creates import Creates
from reference_gateway.defects.defect import swap
from reference_gateway.ehr_request import EhrFailure
from reference_gateway.exactly_once import ExactlyOnce, Send
from reference_gateway.exchange import Answer, ConsumerRequest, Exchange
from reference_gateway.idempotency_keys import IdempotencyKeys, WriteKey
from reference_gateway.json_text import Json
from reference_gateway.lost_writes import LostWrites
from reference_gateway.record_locks import RecordLocks
from reference_gateway.refusal import Refusal
from reference_gateway.updates import Updates
from reference_gateway.write_ledger import Outcome, SqliteLedger

_HASTE_S = 2.0


class NoIdempotency(IdempotencyKeys):
    """Overlooks the key."""

    def read(self, request: ConsumerRequest, client_id: str, path: str, resource: Json) -> WriteKey | None:  # noqa: ARG002 - the honest signature
        """Return no key."""
        return None


class IgnoresPayloadChange(IdempotencyKeys):
    """Takes every payload under a key for the same."""

    def fingerprint(self, path: str, resource: Json) -> str:  # noqa: ARG002 - the honest signature
        """Return the one fingerprint."""
        return "same"


class KeysSharedAcrossClients(IdempotencyKeys):
    """Lets clients meet each other's keys."""

    def scope(self, client_id: str) -> str:  # noqa: ARG002 - the honest signature
        """Return the one scope."""
        return "everybody"


class IdempotencyRace(ExactlyOnce):
    """Looks for an outcome, not for a write that is under way."""

    async def run(self, key: WriteKey, deadline: Deadline, send: Send, resolve: Send) -> tuple[Outcome, bool]:
        """Return the outcome; while a first write runs, write again."""
        if (key.scope, key.key) not in self.running:
            return await super().run(key, deadline, send, resolve)
        return await send(), False


class RepeatsAfterLostAnswer(LostWrites):
    """Writes again when it does not know."""

    async def resolve(
        self,
        exchange: Exchange,  # noqa: ARG002 - the honest signature
        resource: Json,  # noqa: ARG002 - the honest signature
        stamp: Json,  # noqa: ARG002 - the honest signature
        send: Callable[[], Awaitable[str]],
    ) -> str:
        """Return the id of the second record."""
        return await send()


class KeysInMemory(SqliteLedger):
    """Forgets the keys when it stops."""

    def connect(self, file: Path) -> sqlite3.Connection:  # noqa: ARG002 - the honest signature
        """Open a ledger that is on no disk."""
        return sqlite3.connect(":memory:", isolation_level=None)


class ForgetsKeysSoon(SqliteLedger):
    """Keeps keys as long as a client library waits for its answer."""

    def __init__(self, file: Path, clock: Clock, keep_s: float) -> None:
        super().__init__(file, clock, min(keep_s, _HASTE_S))


class ReportsRefusedWritesAsCreated(Creates):
    """Says that a write succeeded which the EHR refused."""

    async def send(self, exchange: Exchange, resource: Json) -> Outcome:
        """Return a success, whatever the EHR says."""
        try:
            return await super().send(exchange, resource)
        except Refusal as refusal:
            if not refusal.reason.startswith("ehr-") or refusal.status >= 500:
                raise
            return self.created(str(exchange.target.resource_type), "unknown")


class AcknowledgesUnansweredWrites(Creates):
    """Takes a create whose answer was lost for done."""

    async def send(self, exchange: Exchange, resource: Json) -> Outcome:
        """Return a success when nobody knows."""
        try:
            return await super().send(exchange, resource)
        except EhrFailure as failure:
            if not failure.reached and failure.kind != "overloaded":
                raise
            return self.created(str(exchange.target.resource_type), "pending")


class IgnoresIfMatch(Updates):
    """Writes over whatever is there."""

    def check_unchanged(self, tags: set[str], current: Json) -> None:
        """Compare nothing."""


class UpdatesWithoutCondition(Updates):
    """Takes an update that names no version."""

    def condition(self, exchange: Exchange) -> set[str]:
        """Return what was given, if anything."""
        try:
            return super().condition(exchange)
        except Refusal:
            return set()

    def check_unchanged(self, tags: set[str], current: Json) -> None:
        """Compare where there is something to compare."""
        if tags:
            super().check_unchanged(tags, current)


class AcknowledgesUnansweredUpdates(Updates):
    """Takes an update whose answer was lost for done."""

    async def send(self, exchange: Exchange, resource: Json) -> Answer:
        """Return a success when nobody knows."""
        try:
            return await super().send(exchange, resource)
        except EhrFailure:
            return Answer(200)


class UpdatesSideBySide(RecordLocks):
    """Lets updates of one record overtake each other between the comparison and the write."""

    @asynccontextmanager
    async def hold(self, name: str, deadline: Deadline) -> AsyncIterator[None]:  # noqa: ARG002 - the honest signature
        """Hold nothing."""
        yield


DEFECTS = (
    swap("no-idempotency", "IDP-01", "overlooks idempotency keys", keys=NoIdempotency),
    swap("ignores-payload-change", "IDP-02", "replays for another payload", keys=IgnoresPayloadChange),
    swap("idempotency-race", "IDP-03", "writes concurrent duplicates", exactly_once=IdempotencyRace),
    swap("repeats-after-lost-answer", "IDP-04", "writes again after a lost answer", lost_writes=RepeatsAfterLostAnswer),
    swap("keys-shared-across-clients", "IDP-05", "shares keys between clients", keys=KeysSharedAcrossClients),
    swap("keys-in-memory", "IDP-06", "forgets keys on restart", ledger=KeysInMemory),
    swap("forgets-keys-soon", "IDP-06", "keeps keys for two seconds", ledger=ForgetsKeysSoon),
    swap("acknowledges-unanswered-writes", "IDP-07", "201 without an answer", creates=AcknowledgesUnansweredWrites),
    swap("ignores-if-match", "IDP-08", "writes over newer versions", updates=IgnoresIfMatch),
    swap("updates-without-condition", "IDP-08", "needs no If-Match", updates=UpdatesWithoutCondition),
    swap("acknowledges-unanswered-updates", "IDP-08", "200 without an answer", updates=AcknowledgesUnansweredUpdates),
    swap("updates-side-by-side", "IDP-08", "compares and writes apart", locks=UpdatesSideBySide),
    swap(
        "reports-refused-writes-as-created", "IDP-10", "201 for refused writes", creates=ReportsRefusedWritesAsCreated
    ),
)
