"""The audit trail by syslog: every record of the file, once it is there, in order, as one RFC 5424 message.

The file stays what counts. What could not be sent is sent when the collector is back; the place reached is kept beside
the trail, so that a restart loses nothing. Over TCP frames count their octets (RFC 6587); UDP may lose, as it does.
"""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import suppress
from pathlib import Path

from reference_gateway.clock import Clock
from reference_gateway.export_settings import Syslog

PRIORITY = 13 * 8 + 5  # facility log audit, severity notice
EVERY_S = 0.05
AT_ONCE = 1_000_000  # bytes of the trail
_PATIENCE_S = 5.0


class SyslogForwarder:
    """Follows one trail and sends it on."""

    def __init__(self, trail: Path, syslog: Syslog, clock: Clock) -> None:
        self.trail = trail
        self.syslog = syslog
        self.clock = clock
        self.reached_file = trail.with_name(trail.name + ".sent")
        self.reached = self._reached()
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def run(self) -> None:
        """Send what comes until cancelled, and then what is left."""
        try:
            while True:
                await self.send_new()
                await self.clock.sleep(EVERY_S)
        finally:
            await self.send_new()
            self.disconnect()

    async def send_new(self) -> None:
        """Send the whole records that were not sent yet; a collector that is away gets them later."""
        with suppress(OSError, TimeoutError):
            while lines := self.new_lines():
                await asyncio.wait_for(self.send([self.message(line) for line in lines]), _PATIENCE_S)
                self.reached += sum(map(len, lines))
                self.reached_file.write_text(f"{self.reached}\n", encoding="ascii")

    def new_lines(self) -> list[bytes]:
        """Return whole lines after the place reached, not too many. Raises OSError."""
        with self.trail.open("rb") as file:
            file.seek(self.reached)
            return [line for line in file.read(AT_ONCE).splitlines(keepends=True) if line.endswith(b"\n")]

    def message(self, line: bytes) -> bytes:
        """Return a record as a syslog message: the record's own JSON, at the record's own time."""
        record = json.loads(line)
        header = f"<{PRIORITY}>1 {record['time']} {socket.gethostname()} reference-gateway - {record['action']} - "
        return header.encode() + line.rstrip(b"\n")

    async def send(self, messages: list[bytes]) -> None:
        """Send messages. Raises OSError when the collector cannot be reached."""
        if self.syslog.transport == "udp":
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                for message in messages:
                    sender.sendto(message, (self.syslog.host, self.syslog.port))
            return
        try:
            await self.send_stream(b"".join(b"%d %s" % (len(message), message) for message in messages))
        except OSError:
            self.disconnect()
            raise

    async def send_stream(self, frames: bytes) -> None:
        """Send frames over the connection, which is opened when there is none, or the collector has ended it.

        A collector never says anything, so what is to be read is the end alone. Raises OSError.
        """
        if self.reader is not None and self.reader.at_eof():
            self.disconnect()
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.syslog.host, self.syslog.port)
        self.writer.write(frames)
        await self.writer.drain()

    def disconnect(self) -> None:
        """Close the connection."""
        if self.writer is not None:
            self.writer.close()
            self.reader = self.writer = None

    def _reached(self) -> int:
        try:
            return int(self.reached_file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0
