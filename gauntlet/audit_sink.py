"""Where a second gateway's audit records go, and making that fail: its disk, or the collector that it sends them to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from gauntlet.errors import Inconclusive
from gauntlet.full_disk import full_disk
from gauntlet.observe.audit import AuditTrailReader
from gauntlet.observe.mirror import NAME, Mirror
from gauntlet.observe.syslog_receiver import SyslogReceiver
from gauntlet.second_gateway import SecondGateway


class AuditSink(Protocol):
    """The way of a second gateway's records. `changes` are the placeholders that lead them there."""

    changes: Mapping[str, str]

    def trail(self, second: SecondGateway) -> AuditTrailReader:
        """Return the reader of the second gateway's trail."""

    @contextmanager
    def failing(self, second: SecondGateway) -> Iterator[None]:
        """Let the sink fail for the length of the block. Raises Inconclusive when it does not."""

    def require_noticeable(self) -> None:
        """Raise Inconclusive when the gateway had no way to notice that its records were lost."""


class Disk:
    """The gateway writes files: nothing more fits on its disk."""

    def __init__(self, audit: AuditTrailReader) -> None:
        self.changes: Mapping[str, str] = {}
        self._audit = audit

    def trail(self, second: SecondGateway) -> AuditTrailReader:
        """Return the reader of its own file or address."""
        return self._audit.of_another(second.values)

    @contextmanager
    def failing(self, second: SecondGateway) -> Iterator[None]:
        """Let its files grow no more."""
        trail = self.trail(second)
        size = trail.size()
        with full_disk(second.process.pid, trail.path if trail.served is None else None):
            yield
            if trail.size() != size:
                raise Inconclusive("the trail grew although its disk is full: nothing would be proven")

    def require_noticeable(self) -> None:
        """Pass: who writes a file is told that it cannot be written."""


class Collector:
    """The gateway sends syslog: its collector, one of its own, is away."""

    def __init__(self, audit: AuditTrailReader, folder: Path) -> None:
        self._audit = audit
        self._mirror = Mirror(folder / NAME)
        self._receiver = SyslogReceiver(self._mirror.add)
        self.changes: Mapping[str, str] = {
            "syslog.host": self._receiver.host,
            "syslog.port": str(self._receiver.port),
        }

    def trail(self, second: SecondGateway) -> AuditTrailReader:  # noqa: ARG002 - see AuditSink
        """Return the reader of what the collector was sent."""
        return self._audit.of_collector(self._mirror.path, self._receiver)

    @contextmanager
    def failing(self, second: SecondGateway) -> Iterator[None]:  # noqa: ARG002 - see AuditSink
        """Let nobody listen, and cut what is connected."""
        self._receiver.close()
        try:
            yield
        finally:
            self._receiver.again()

    def require_noticeable(self) -> None:
        """Raise Inconclusive for records that come by UDP."""
        if self._receiver.datagrams:
            raise Inconclusive(
                "the trail comes by syslog over UDP, which tells nobody that a record was lost: whether the gateway "
                "keeps what its collector missed shows over TCP, or in the file that it writes ([observe.audit] file)"
            )

    def close(self) -> None:
        """Stop to listen."""
        self._receiver.close()


@contextmanager
def sink_of(audit: AuditTrailReader, folder: Path) -> Iterator[AuditSink]:
    """Yield the sink of a gateway to be started, for a trail of the kind that `audit` reads.

    A collector keeps what it was sent below `folder`.
    """
    if audit.receiver is None:
        yield Disk(audit)
        return
    collector = Collector(audit, folder)
    try:
        yield collector
    finally:
        collector.close()
