"""A fast server that stands still once: it reads and answers nothing for a while, as a stop-the-world pause would.

Run as a program: `stalling_server.py PORT AT_S FOR_S FILE`. The stall begins AT_S seconds after the first request; when
it is over, FILE says from when to when it lasted (seconds since 1970).
"""

import asyncio
import json
import sys
import time
from pathlib import Path

import httptools
import uvloop


class Answering(asyncio.Protocol):
    """Answers each GET with the patient that its path ends with."""

    def __init__(self, begin: "asyncio.Event") -> None:
        self._begin = begin
        self._parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._patient = url.rpartition(b"/")[2]

    def on_message_complete(self) -> None:
        self._begin.set()
        body = b'{"resourceType":"Patient","id":"%b"}' % self._patient
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


async def serve(port: int, at_s: float, for_s: float, file: Path) -> None:
    loop, begin = asyncio.get_running_loop(), asyncio.Event()
    await loop.create_server(lambda: Answering(begin), "127.0.0.1", port, backlog=8192)
    await begin.wait()
    await asyncio.sleep(at_s)
    began = time.time()
    time.sleep(for_s)  # noqa: ASYNC251 - that is the stall
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps([began, time.time()]))
    draft.replace(file)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4])))
