"""Both directions of HL7 v2 of one mock EHR: the feed that it sends and the inbox of what it is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from mock_ehr.hl7v2.feeding import Feed, Order
from mock_ehr.hl7v2.inbox import Inbox
from mock_ehr.hl7v2.planning import of_chart, planned, readdressed
from mock_ehr.hl7v2.sending import Delivery, Outgoing, Sender
from mock_ehr.journal import Journal
from mock_ehr.store import PopulationLike, Store
from synthetic.population import Population


class NoMessagesError(LookupError):
    """There is no such message; the text says what there is."""


class Interfaces:
    """Nothing runs until it is asked for."""

    def __init__(self, store: Store, journal: Journal, now: Callable[[], float]) -> None:
        self._population: PopulationLike = store.population
        self._journal = journal
        self._sent = 0
        self.inbox = Inbox(journal, now, self._locate)
        self.feed: Feed | None = None
        self.address = ""  # of the listener, "" when there is none

    def _locate(self, mrn: str) -> str:
        index = self._population.locate_mrn(mrn)
        return "" if index is None else self._population.patient(index).id

    def _people(self) -> Population:
        if not isinstance(self._population, Population):
            raise NoMessagesError("this population has no HL7 v2 messages")
        return self._population

    def start(self, order: Order, charts: Sequence[int], events: frozenset[str], *, by_time: bool) -> Feed:
        """Start a feed in the place of the one before. Raises NoMessagesError."""
        outgoing = planned(self._people(), charts, events, by_time=by_time)
        self.stop()
        self.feed = Feed(order, outgoing, self._journal)
        self.feed.start()
        return self.feed

    def stop(self) -> None:
        """Stop the feed, if there is one."""
        if self.feed is not None:
            self.feed.stop()

    def told(self, patient: str) -> list[dict[str, Any]]:
        """Return what there is to tell about a patient. Raises NoMessagesError for an unknown one."""
        index = self._population.locate("Patient", patient)
        if index is None:
            raise NoMessagesError(f"no patient {patient[:100]!r}")
        return [
            {"event": message.event, "time": message.time, "control_id": message.control_id}
            for message, _ in of_chart(self._people(), index, frozenset())
        ]

    def message(self, patient: str, event: str, changes: dict[str, str]) -> Outgoing:
        """Return the latest message of that event about a patient, with a control id of its own unless one is given.

        Raises NoMessagesError.
        """
        index = self._population.locate("Patient", patient)
        found = [] if index is None else of_chart(self._people(), index, frozenset({event}))
        if not found:
            events = sorted({row["event"] for row in self.told(patient)})
            raise NoMessagesError(f"the chart has no {event}; it has {', '.join(events)}")
        latest = found[-1][1]
        control_id = changes.get("control_id") or self._own_id()
        data = readdressed(latest.data, **{**changes, "control_id": control_id})
        return replace(latest, control_id=control_id, data=data)

    def _own_id(self) -> str:
        self._sent += 1
        return f"I{self._sent:019d}"

    async def send(self, order: Order, outgoing: Outgoing) -> Delivery:
        """Send one message over a connection of its own and tell how it went."""
        sender = Sender(order.host, order.port, order.policy, self._journal)
        try:
            return await sender.deliver(outgoing)
        finally:
            await sender.close()

    async def close(self) -> None:
        """Stop the feed and wait until its connection is closed."""
        if self.feed is not None:
            await self.feed.stopped()

    def reset(self) -> None:
        """Stop the feed and forget what came."""
        self.stop()
        self.feed = None
        self.inbox.reset()
