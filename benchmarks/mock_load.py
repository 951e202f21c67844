"""Load for `mock_server.py`: wrk for throughput, an open-loop generator for latency, CPU time of processes."""

import asyncio
import random
import re
import subprocess
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import httptools
import uvloop

CONNECTIONS = 32

ROTATE = """
local paths, requests, n = {%s}, {}, 0
init = function(args)
  for i, path in ipairs(paths) do requests[i] = wrk.format("GET", path) end
end
request = function()
  n = n %% #requests + 1
  return requests[n]
end
"""


class Throughput(NamedTuple):
    """One run of wrk: requests and answers' bytes, beside the CPU seconds of the server."""

    requests: int
    per_second: float
    per_cpu_second: float
    failed: int


def cpu_seconds(pids: Sequence[int]) -> float:
    """CPU time that the processes, their children and all their threads have used."""
    total = 0
    for pid in family(pids):
        for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            try:
                total += int(task.read_text().split()[0])
            except OSError:  # a thread that ended
                continue
    return total / 1e9


def family(pids: Sequence[int]) -> list[int]:
    found = []
    waiting = list(pids)
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                waiting += [int(child) for child in children.read_text().split()]
            except OSError:
                continue
    return found


def wrk(address: str, paths: Sequence[str], headers: Sequence[str], pids: Sequence[int], seconds: int) -> Throughput:
    """Ask for `paths` in turn as fast as answers come, from CPU 1. Raises ValueError when wrk says nothing."""
    script = Path(f"/tmp/wrk-{id(paths)}.lua")  # noqa: S108 - removed below
    script.write_text(ROTATE % ", ".join(f'"{path}"' for path in paths))
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script)]
    for header in headers:
        command += ["-H", header]
    try:
        before = cpu_seconds(pids)
        ended = subprocess.run([*command, address], capture_output=True, text=True, check=True)
        used = cpu_seconds(pids) - before
    finally:
        script.unlink()
    requests = re.search(r"(\d+) requests in ([\d.]+)(m?s)", ended.stdout)
    if requests is None:
        raise ValueError(ended.stdout)
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", ended.stdout)
    count, length = int(requests[1]), float(requests[2])
    return Throughput(count, count / length, count / used, int(failed[1]) if failed else 0)


class Caller(asyncio.Protocol):
    """One connection of the open-loop generator: a request at a time, the answer's length by Content-Length."""

    def __init__(self, open_load: "OpenLoad") -> None:
        self._load = open_load
        self._intended = 0.0
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def send(self, intended: float, request: bytes) -> None:
        self._intended = intended
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._load.answered(self, self._intended, self._parser.get_status_code())


class OpenLoad:
    """Requests at the times of a Poisson process, however slow the answers; latency counts from those times."""

    def __init__(self, requests: Sequence[bytes], rate: float, seconds: float, seed: int) -> None:
        self._requests = requests
        self._rate, self._seconds = rate, seconds
        self._source = random.Random(seed)
        self._free: list[Caller] = []
        self._waiting: deque[tuple[float, bytes]] = deque()
        self.latencies: list[float] = []
        self.lags: list[float] = []
        self.failed = 0

    async def run(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(CONNECTIONS):
            _, caller = await loop.create_connection(lambda: Caller(self), host, port)
            self._free.append(caller)
        start, due, sent = time.perf_counter(), 0.0, 0
        while due < self._seconds:
            now = time.perf_counter() - start
            while due <= now and due < self._seconds:
                self._arrive(start + due, self._requests[sent % len(self._requests)])
                self.lags.append(now - due)
                due += self._source.expovariate(self._rate)
                sent += 1
            await asyncio.sleep(0.0005)
        for _ in range(2000):
            if len(self.latencies) >= sent:
                break
            await asyncio.sleep(0.005)

    def _arrive(self, intended: float, request: bytes) -> None:
        if self._free:
            self._free.pop().send(intended, request)
        else:
            self._waiting.append((intended, request))

    def answered(self, caller: Caller, intended: float, status: int) -> None:
        self.latencies.append(time.perf_counter() - intended)
        self.failed += status != 200
        if self._waiting:
            caller.send(*self._waiting.popleft())
        else:
            self._free.append(caller)


def open_load(address: tuple[str, int], requests: Sequence[bytes], rate: float, seconds: float, seed: int) -> OpenLoad:
    """Run the open-loop generator in this process and return what it measured."""
    load = OpenLoad(requests, rate, seconds, seed)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(load.run(*address))
    return load


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
