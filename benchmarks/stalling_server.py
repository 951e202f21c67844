"""A fast server that stands still once: it reads and answers nothing for a while, as a stop-the-world pause would.

Run as a program: `stalling_server.py PORT AT_S FOR_S FOLDER`. The stall begins AT_S seconds after the first request.
When it is over, FOLDER/stall.json says from when to when it lasted (seconds since 1970). At SIGTERM FOLDER/answers.json
gets the moment at which each answer was handed to the kernel, by the last twelve digits of its X-Correlation-Id.
"""

import asyncio
import json
import signal
import sys
import time
from pathlib import Path

import httptools
import uvloop

NAME = b"X-Correlation-Id: "


class Answering(asyncio.Protocol):
    """Answers each GET with the patient that its path ends with."""

    def __init__(self, begin: "asyncio.Event", answers: list[tuple[bytes, float]]) -> None:
        self._begin = begin
        self._answers = answers
        self._parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        at = data.find(NAME)
        self._number = data[at + len(NAME) :][24:36] if at >= 0 else b""
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._patient = url.rpartition(b"/")[2]

    def on_message_complete(self) -> None:
        self._begin.set()
        body = b'{"resourceType":"Patient","id":"%b"}' % self._patient
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        if self._number:
            self._answers.append((self._number, time.time()))


async def serve(port: int, at_s: float, for_s: float, folder: Path) -> None:
    loop, begin, end = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    answers: list[tuple[bytes, float]] = []
    loop.add_signal_handler(signal.SIGTERM, end.set)
    await loop.create_server(lambda: Answering(begin, answers), "127.0.0.1", port, backlog=8192)
    await begin.wait()
    await asyncio.sleep(at_s)
    began = time.time()
    time.sleep(for_s)  # noqa: ASYNC251 - that is the stall
    leave(folder / "stall.json", [began, time.time()])
    await end.wait()
    leave(folder / "answers.json", {number.decode(): at for number, at in answers})


def leave(file: Path, content: object) -> None:
    """Write a file that is there as a whole or not at all."""
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(content))
    draft.replace(file)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4])))
