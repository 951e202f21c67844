"""One message at a time to one receiver, until it is acknowledged or given up."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

from mock_ehr.hl7v2.acknowledging import ACCEPTED, Acknowledgement, read_acknowledgement
from mock_ehr.hl7v2.framing import FrameError, Framer, framed
from mock_ehr.hl7v2.ledger import OUT, closed, opened
from mock_ehr.hl7v2.reading import Hl7Error
from mock_ehr.journal import Journal

READ_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Policy:
    """How long an acknowledgement is waited for, and how often the same message is sent again without one.

    `resend_errors` sends again after AE and CE too; AR and CR are final.
    """

    timeout_s: float = 5.0
    resends: int = 3
    pause_s: float = 1.0
    resend_errors: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent."""

    event: str
    control_id: str
    data: bytes
    patient: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How it went. `result`: accepted, error, rejected, unanswered or unreachable."""

    result: str
    code: str = ""
    text: str = ""
    attempts: int = 0


@dataclass(slots=True)
class Counts:
    """What happened on the way."""

    sent: int = 0  # messages on the wire, resent ones too
    resent: int = 0
    accepted: int = 0
    errors: int = 0
    rejected: int = 0
    unanswered: int = 0
    unreachable: int = 0
    mismatched: int = 0  # acknowledgements of another control id: late ones too
    unreadable: int = 0
    connections: int = 0


class _LostError(Exception):
    """The connection ended before an acknowledgement."""


@dataclass(slots=True)
class _Link:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    framer: Framer = field(default_factory=Framer)


class Sender:
    """Sends to one address over one connection, which it opens anew when it was lost."""

    def __init__(self, host: str, port: int, policy: Policy, journal: Journal) -> None:
        self.address = (host, port)
        self.policy = policy
        self.counts = Counts()
        self._journal = journal
        self._link: _Link | None = None
        self._turn = asyncio.Lock()

    async def deliver(self, outgoing: Outgoing) -> Delivery:
        """Send a message, again with the same control id as the policy says, and tell how it ended."""
        async with self._turn:
            last = Delivery("unreachable")
            for attempt in range(1 + self.policy.resends):
                if attempt:
                    await asyncio.sleep(self.policy.pause_s)
                last = await self._attempt(outgoing, attempt)
                again = last.result in ("unanswered", "unreachable") or (
                    last.result == "error" and self.policy.resend_errors
                )
                if not again:
                    break
            self._count(last)
            return last

    def _count(self, delivery: Delivery) -> None:
        name = "errors" if delivery.result == "error" else delivery.result
        setattr(self.counts, name, getattr(self.counts, name) + 1)

    async def _attempt(self, outgoing: Outgoing, attempt: int) -> Delivery:
        if (refused := await self._connect()) is not None:
            return Delivery("unreachable", text=refused, attempts=attempt + 1)
        self.counts.sent += 1
        self.counts.resent += attempt > 0
        patients = (outgoing.patient,) if outgoing.patient else ()
        entry = opened(self._journal, OUT, outgoing.event, outgoing.data, patients)
        try:
            answer, said = await asyncio.wait_for(self._exchange(outgoing), self.policy.timeout_s)
        except TimeoutError:
            why = f"no acknowledgement within {self.policy.timeout_s:g} s"
            closed(self._journal, entry, b"", why, "dropped")
            return Delivery("unanswered", text=why, attempts=attempt + 1)
        except (_LostError, OSError, FrameError) as error:
            await self.close()
            why = f"the connection was lost: {error}"
            closed(self._journal, entry, b"", why, "dropped")
            return Delivery("unanswered", text=why, attempts=attempt + 1)
        except asyncio.CancelledError:
            closed(self._journal, entry, b"", "stopped", "aborted")
            raise
        closed(self._journal, entry, answer, f"{said.code} {said.text}".strip(), "answered")
        return Delivery(result_of(said.code), said.code, said.text, attempt + 1)

    async def _connect(self) -> str | None:
        """Open the connection when there is none; the reason when that fails."""
        if self._link is not None and not self._link.reader.at_eof():
            return None
        await self.close()
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_connection(*self.address), self.policy.timeout_s)
        except OSError as error:  # TimeoutError is one
            return f"cannot connect to {self.address[0]}:{self.address[1]}: {error.strerror or 'no answer'}"
        self.counts.connections += 1
        self._link = _Link(reader, writer)
        return None

    async def _exchange(self, outgoing: Outgoing) -> tuple[bytes, Acknowledgement]:
        link = self._link
        assert link is not None  # noqa: S101 - narrows the type; _connect made it
        link.writer.write(framed(outgoing.data))
        await link.writer.drain()
        while True:
            data = await link.reader.read(READ_BYTES)
            if not data:
                raise _LostError("closed by the receiver")
            for message in link.framer.feed(data):
                said = self._heard(message)
                if said is not None and said.control_id == outgoing.control_id:
                    return message, said
                self.counts.mismatched += said is not None

    def _heard(self, message: bytes) -> Acknowledgement | None:
        try:
            return read_acknowledgement(message)
        except Hl7Error:
            self.counts.unreadable += 1
            return None

    async def close(self) -> None:
        """Close the connection."""
        link, self._link = self._link, None
        if link is not None:
            link.writer.close()
            with contextlib.suppress(OSError):
                await link.writer.wait_closed()


def result_of(code: str) -> str:
    """Return what an acknowledgement code means for the message."""
    if code in ACCEPTED:
        return "accepted"
    return "error" if code.endswith("E") else "rejected"
