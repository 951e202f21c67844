"""One direction of one proxied connection: bytes in, through a chain of toxics, bytes out.

Without toxics a link hands bytes straight from socket to socket. Each toxic adds a stage, a task that walks
through the toxic's steps; stages are added, changed and removed while bytes flow, and what a removed stage
held goes on at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from random import Random
from typing import Protocol

from gauntlet.network.toxics import NOOP, Chunk, NamedToxic, Place, Step, Toxic

CHUNK_BYTES = 32 * 1024


class Outlet(Protocol):
    """What takes chunks: the next stage, or the end of the link."""

    def push(self, chunk: Chunk) -> None:
        """Take the next bytes."""

    def finish(self) -> None:
        """Close: nothing follows."""


class Stage:
    """One toxic at work in one link."""

    def __init__(self, named: NamedToxic, random: Random, outlet: Outlet, on_change: Callable[[], None]) -> None:
        self.named = named
        self.outlet = outlet
        self.backlog = 0  # bytes that it holds
        self._on_change = on_change
        self._place = Place(asyncio.get_running_loop().time, random)
        self._inbox: deque[Chunk] = deque()
        self._in_hand: Chunk | None = None
        self._sent = 0  # of the chunk in hand
        self._ended = False  # the sender has closed
        self._finished = False  # this stage has closed
        self._news = asyncio.Event()
        self.start()

    def start(self) -> None:
        """Begin, or begin again with changed attributes; draws whether this connection is affected."""
        hit = self._place.random.random() < self.named.toxicity
        self.active: Toxic = self.named.toxic if hit else NOOP
        self._task = asyncio.get_running_loop().create_task(self._work())

    def push(self, chunk: Chunk) -> None:
        """Take the next bytes; dropped when the stage has closed."""
        if self._finished:
            return
        self._inbox.append(chunk)
        self.backlog += len(chunk.data)
        self._news.set()

    def finish(self) -> None:
        """Note that the sender has closed."""
        self._ended = True
        self._news.set()

    def cancel(self) -> None:
        """Stop at once, forget everything."""
        self._finished = True
        self._task.cancel()
        self._inbox.clear()
        self.backlog = 0

    def update(self) -> None:
        """Go on with changed attributes; what is in hand is passed on without the toxic's effect."""
        if self._finished:
            return
        if self._interrupt():
            self.start()

    def remove(self) -> None:
        """Stop, and pass on what is held; the caller then links the stage before to the one after."""
        if self._finished:
            return
        if self.active.closes_on_removal:
            self._close()
        elif self._interrupt():
            while self._inbox:
                self.outlet.push(self._inbox.popleft())
            if self._ended:
                self._close()

    def _interrupt(self) -> bool:
        """Stop the task and settle the chunk in hand; False when that closed the link."""
        self._task.cancel()
        in_hand, self._in_hand = self._in_hand, None
        if in_hand is None:
            return True
        if not self.active.keeps_data:
            self._close()
            return False
        rest = in_hand.data[self._sent :]
        if rest:
            self._pass_on(Chunk(rest, in_hand.at))
        self.backlog -= len(in_hand.data)
        return True

    async def _work(self) -> None:
        while not self._finished:
            chunk = await self._next()
            if chunk is None:
                await self._walk(self.active.closing(), 0.0)
                return
            self._in_hand, self._sent = chunk, 0
            await self._walk(self.active.steps(chunk, self._place), chunk.at)
            self._in_hand = None
            if not self._finished:
                self.backlog -= len(chunk.data)
                self._on_change()

    async def _next(self) -> Chunk | None:
        """Return the next chunk; None when the sender has closed or the toxic's patience is over."""
        while not self._inbox:
            if self._ended:
                return None
            self._news.clear()
            patience = self.active.patience()
            if patience is None:
                await self._news.wait()
            else:
                try:
                    async with asyncio.timeout(patience):
                        await self._news.wait()
                except TimeoutError:
                    return None
        return self._inbox.popleft()

    async def _walk(self, steps: Iterator[Step], at: float) -> None:
        for pause, data in steps:
            if pause > 0:
                await asyncio.sleep(pause)
            if data is None:
                self._close()
                return
            self._sent += len(data)
            if data:
                self._pass_on(Chunk(data, self._in_hand.at if self._in_hand else at))

    def _pass_on(self, chunk: Chunk) -> None:
        self._place.passed += len(chunk.data)
        self.outlet.push(chunk)

    def _close(self) -> None:
        self.cancel()
        self.outlet.finish()


class Link:
    """The chain of one direction between two sockets.

    `write` and `close` act on the receiving socket, `throttle(True)` stops reading from the sending one.
    """

    def __init__(
        self,
        *,
        write: Callable[[bytes], None],
        close: Callable[[], None],
        throttle: Callable[[bool], None],
        generator: Callable[[NamedToxic], Random],
    ) -> None:
        self._write = write
        self._close = close
        self._throttle = throttle
        self._generator = generator
        self._stages: list[Stage] = []
        self._finished = False
        self._clock = asyncio.get_running_loop().time

    def feed(self, data: bytes) -> None:
        """Take bytes from the sending socket."""
        if not self._stages:
            self._write(data)
            return
        now = self._clock()
        for start in range(0, len(data), CHUNK_BYTES):
            self._stages[0].push(Chunk(data[start : start + CHUNK_BYTES], now))
        self._balance()

    def end(self) -> None:
        """Note that the sending socket has closed."""
        if self._stages:
            self._stages[0].finish()
        else:
            self.finish()

    def push(self, chunk: Chunk) -> None:
        """Write to the receiving socket: the end of the chain."""
        self._write(chunk.data)

    def finish(self) -> None:
        """Close the receiving socket: the end of the chain."""
        if not self._finished:
            self._finished = True
            self._close()

    def abandon(self) -> None:
        """Stop all stages: the receiving socket is gone."""
        self._finished = True
        for stage in self._stages:
            stage.cancel()
        self._stages.clear()

    def add(self, named: NamedToxic) -> bool:
        """Append a toxic to the chain; return whether it will close this link by RST."""
        if self._finished:
            return False
        stage = Stage(named, self._generator(named), self, self._balance)
        if self._stages:
            self._stages[-1].outlet = stage
        self._stages.append(stage)
        return stage.active.resets

    def update(self, named: NamedToxic) -> None:
        """Go on with the changed attributes of a toxic."""
        for stage in self._stages:
            if stage.named is named:
                stage.update()
        self._balance()

    def remove(self, named: NamedToxic) -> None:
        """Take a toxic out of the chain; what it held goes on."""
        for index, stage in enumerate(self._stages):
            if stage.named is named:
                stage.remove()
                del self._stages[index]
                if index:
                    self._stages[index - 1].outlet = stage.outlet
                break
        self._balance()

    def _balance(self) -> None:
        room = sum(stage.active.buffer_bytes for stage in self._stages)
        self._throttle(sum(stage.backlog for stage in self._stages) > room)
