"""A mock EHR with both HL7 v2 interfaces, and receivers that answer by a script."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from mock_ehr.hl7v2.acknowledging import acknowledgement
from mock_ehr.hl7v2.framing import Framer, framed
from mock_ehr.hl7v2.reading import parse
from mock_ehr.serve import Running, Settings, mock_ehr

SECRET = "control-secret"


@dataclass
class Receiver:
    """A gateway's side: each message is answered by the next word of the script, the last word over and over.

    A code acknowledges; none, wrong, rubbish and close do what they say; twice sends a stale one first.
    """

    script: list[str]
    messages: list[bytes] = field(default_factory=list)
    connections: int = 0
    address: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        framer = Framer()
        with contextlib.closing(writer), contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                for message in framer.feed(data):
                    word = self.script[min(len(self.messages), len(self.script) - 1)]
                    self.messages.append(message)
                    for answer in self.answers(word, message):
                        writer.write(answer)
                    if word == "close":
                        writer.close()

    def answers(self, word: str, message: bytes) -> list[bytes]:
        order = parse(message)
        good = acknowledgement(order, "AA", None, control_id="r1", answers=order.control_id, now=0)
        stale = acknowledgement(order, "AE", None, control_id="r1", answers="another", now=0)
        if word in ("none", "close"):
            return []
        if word == "wrong":
            return [framed(stale)]
        if word == "rubbish":
            return [b"noise" + framed(b"not HL7"), framed(good)]
        if word == "twice":
            return [framed(stale), framed(good)]
        return [framed(acknowledgement(order, word, None, control_id="r1", answers=order.control_id, now=0))]

    @property
    def control_ids(self) -> list[str]:
        return [parse(message).control_id for message in self.messages]


@asynccontextmanager
async def receiving(receiver: Receiver, port: int = 0) -> AsyncIterator[Receiver]:
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", port)
    host, bound = server.sockets[0].getsockname()[:2]
    receiver.address = f"{host}:{bound}"
    try:
        yield receiver
    finally:
        server.close()
        for task in asyncio.all_tasks():
            if getattr(task.get_coro(), "__qualname__", "").endswith("Receiver.serve"):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task


@pytest.fixture
def receiver(hold: Any) -> Iterator[Callable[..., Receiver]]:
    with contextlib.ExitStack() as stack:
        yield lambda *script, port=0: stack.enter_context(hold(receiving(Receiver(list(script)), port)))


@dataclass
class Clinic:
    """The mock EHR, its control port, and a way to send it messages."""

    running: Running
    control: httpx.Client
    line: socket.socket
    framer: Framer = field(default_factory=Framer)

    def send(self, *messages: bytes) -> None:
        self.line.sendall(b"".join(map(framed, messages)))

    def heard(self) -> bytes:
        """The next acknowledgement; fails when the connection ends before."""
        while True:
            data = self.line.recv(65_536)
            assert data, "the connection ended"
            found = self.framer.feed(data)
            if found:
                (answer,) = found
                return answer

    def ask(self, message: bytes) -> Any:
        self.send(message)
        return parse(self.heard())

    def journal(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.control.get("/journal", params={"kind": "hl7v2"}).json()["entries"]
        return entries


@pytest.fixture
def clinic(hold: Any, population: Any) -> Iterator[Clinic]:
    with hold(mock_ehr(Settings(SECRET, hl7_listen=("127.0.0.1", 0)), population)) as running:
        host, port = running.hl7.split(":")
        with (
            httpx.Client(
                base_url=running.control,
                headers={"Authorization": f"Bearer {SECRET}"},
                verify=False,
                trust_env=False,
                timeout=20,
            ) as control,
            socket.create_connection((host, int(port)), timeout=10) as line,
        ):
            yield Clinic(running, control, line)
