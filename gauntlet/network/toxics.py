"""The toxics: what each one does to the bytes of one direction of one connection.

A toxic is pure. For each chunk of bytes it yields steps, `(pause in seconds, bytes to pass on)`, and bytes
of None close the connection; `gauntlet.network.link` walks through the steps. Semantics and units are those
of Toxiproxy 2.12.0, https://github.com/Shopify/toxiproxy#toxics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from random import Random
from typing import ClassVar

Step = tuple[float, bytes | None]


@dataclass(slots=True)
class Chunk:
    """Bytes that were received together, and when, in seconds of the clock of their link."""

    data: bytes
    at: float


@dataclass(slots=True)
class Place:
    """One toxic's place in one direction of one connection: its clock, its randomness, and what it remembers.

    The memory outlives changes of the toxic's attributes: a limit counts from the moment the toxic was added.
    """

    clock: Callable[[], float]
    random: Random
    passed: int = 0  # bytes passed on
    debt: float = 0.0  # seconds that the rate limit still has to wait


@dataclass(frozen=True, slots=True)
class Toxic:
    """A toxic that changes nothing (`noop`), and what the others share."""

    kind: ClassVar[str] = "noop"
    buffer_bytes: ClassVar[int] = 64 * 1024  # what it may hold back before the sender is slowed down
    resets: ClassVar[bool] = False  # connections are closed by RST
    keeps_data: ClassVar[bool] = True  # interrupted, it passes on what it holds; else it closes
    closes_on_removal: ClassVar[bool] = False

    def steps(self, chunk: Chunk, _place: Place) -> Iterator[Step]:
        """Yield what to do with `chunk`."""
        yield 0.0, chunk.data

    def closing(self) -> Iterator[Step]:
        """Yield what to do when the sender has closed."""
        yield 0.0, None

    def patience(self) -> float | None:
        """Return after how many seconds without data the connection closes; None is never."""
        return None

    def attributes(self) -> dict[str, int]:
        """Return the attributes as the API shows them."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Latency(Toxic):
    """Delays each chunk to its receive time + latency +- jitter, in ms; throughput stays as it was."""

    kind: ClassVar[str] = "latency"
    buffer_bytes: ClassVar[int] = 1024 * 32 * 1024
    latency: int = 0
    jitter: int = 0

    def steps(self, chunk: Chunk, place: Place) -> Iterator[Step]:
        """Yield the whole chunk when it is due."""
        delay = self.latency
        if self.jitter > 0:
            delay += place.random.randrange(2 * self.jitter) - self.jitter
        pause = max(0.0, chunk.at + delay / 1000 - place.clock())
        chunk.at += pause  # so that a second latency adds to the first
        yield pause, chunk.data


@dataclass(frozen=True, slots=True)
class Bandwidth(Toxic):
    """Limits the rate, in KB/s of 1000 bytes; big chunks leave in pieces of 100 ms; rate 0 stalls."""

    kind: ClassVar[str] = "bandwidth"
    rate: int = 0

    def steps(self, chunk: Chunk, place: Place) -> Iterator[Step]:
        """Yield pieces worth 100 ms, then the rest when its time has come."""
        rate = max(0, self.rate)
        data = chunk.data
        place.debt = place.debt + len(data) / (rate * 1000) if rate else 0.0
        while len(data) > rate * 100:
            yield 0.1, data[: rate * 100]
            data = data[rate * 100 :]
            place.debt -= 0.1
        started = place.clock()
        yield max(0.0, place.debt), data
        place.debt -= place.clock() - started  # the next pause makes up for a timer that rang late


@dataclass(frozen=True, slots=True)
class SlowClose(Toxic):
    """Delays nothing but the close, by `delay` ms."""

    kind: ClassVar[str] = "slow_close"
    delay: int = 0

    def closing(self) -> Iterator[Step]:
        """Yield the close after the delay."""
        yield self.delay / 1000, None


@dataclass(frozen=True, slots=True)
class Timeout(Toxic):
    """Drops all data, closes `timeout` ms after the last of it; 0 closes only when the toxic is removed."""

    kind: ClassVar[str] = "timeout"
    keeps_data: ClassVar[bool] = False
    closes_on_removal: ClassVar[bool] = True
    timeout: int = 0

    def steps(self, _chunk: Chunk, _place: Place) -> Iterator[Step]:
        """Yield nothing: the chunk is dropped."""
        yield from ()

    def patience(self) -> float | None:
        """Return the time-out in seconds."""
        return self.timeout / 1000 if self.timeout > 0 else None


@dataclass(frozen=True, slots=True)
class ResetPeer(Toxic):
    """On the first data or on close, waits `timeout` ms, drops the data and closes by RST."""

    kind: ClassVar[str] = "reset_peer"
    resets: ClassVar[bool] = True
    keeps_data: ClassVar[bool] = False
    timeout: int = 0

    def steps(self, _chunk: Chunk, _place: Place) -> Iterator[Step]:
        """Yield the close."""
        yield self.timeout / 1000, None

    def closing(self) -> Iterator[Step]:
        """Yield the close."""
        yield self.timeout / 1000, None


@dataclass(frozen=True, slots=True)
class Slicer(Toxic):
    """Cuts chunks into `average_size` +- `size_variation` bytes, with `delay` MICROseconds after each."""

    kind: ClassVar[str] = "slicer"
    average_size: int = 0
    size_variation: int = 0
    delay: int = 0

    def steps(self, chunk: Chunk, place: Place) -> Iterator[Step]:
        """Yield the pieces, each after the pause of the one before."""
        pause = 0.0
        for start, end in self.cuts(0, len(chunk.data), place.random):
            yield pause, chunk.data[start:end]
            pause = max(1, self.delay) / 1_000_000  # a moment at least, or the pieces would leave as one
        yield pause, b""

    def cuts(self, start: int, end: int, random: Random) -> Iterator[tuple[int, int]]:
        """Yield where the pieces of `start` to `end` begin and end: halves, until they are small enough."""
        size = end - start
        if size <= max(1, self.average_size + self.size_variation):
            yield start, end
            return
        middle = start + size // 2
        if self.size_variation > 0:
            middle += random.randrange(2 * self.size_variation) - self.size_variation
        middle = min(max(middle, start + 1), end - 1)  # a variation above the average must still end
        yield from self.cuts(start, middle, random)
        yield from self.cuts(middle, end, random)


@dataclass(frozen=True, slots=True)
class LimitData(Toxic):
    """Closes the connection after `bytes` bytes."""

    kind: ClassVar[str] = "limit_data"
    bytes: int = 0

    def steps(self, chunk: Chunk, place: Place) -> Iterator[Step]:
        """Yield what is left of the limit, and the close when it is reached."""
        left = max(0, self.bytes - place.passed)
        if left:
            yield 0.0, chunk.data[:left]
        if left <= len(chunk.data):
            yield 0.0, None


NOOP = Toxic()
TOXICS: dict[str, type[Toxic]] = {
    toxic.kind: toxic for toxic in (Toxic, Latency, Bandwidth, SlowClose, Timeout, ResetPeer, Slicer, LimitData)
}


@dataclass(slots=True, eq=False)
class NamedToxic:
    """A toxic as a proxy holds it: under a name, for one direction, on a share of the connections."""

    name: str
    toxic: Toxic
    stream: str  # "upstream" or "downstream", in the spelling of whoever added it
    toxicity: float = 1.0

    @property
    def direction(self) -> str:
        """The direction: "upstream" is client to server, "downstream" server to client."""
        return self.stream.lower()
