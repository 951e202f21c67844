"""A probe: one bounded TCP connection of the harness itself that reports what the network did to it."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

Clock = Callable[[], float]
LIMIT_BYTES = 1024 * 1024
CONNECT_S = 2.0


class Ending(StrEnum):
    """How a probe connection ended."""

    REFUSED = "refused"  # no connection
    RESET = "reset"  # ended by RST
    CLOSED = "closed"  # ended by FIN
    OPEN = "open"  # still open when the probe stopped waiting


@dataclass(frozen=True, slots=True)
class Sight:
    """What a probe saw. Times in seconds, counted from the moment it had sent its request."""

    ending: Ending
    ended_s: float
    arrivals: tuple[tuple[float, int], ...] = ()  # when, how many bytes
    complete: bool = False  # the HTTP answer arrived whole

    @property
    def received(self) -> int:
        """Bytes received."""
        return sum(count for _, count in self.arrivals)

    @property
    def first_s(self) -> float | None:
        """When the first byte came; None when none did."""
        return self.arrivals[0][0] if self.arrivals else None

    @property
    def last_s(self) -> float | None:
        """When the last byte came; None when none did."""
        return self.arrivals[-1][0] if self.arrivals else None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a probe does: send a GET of `request_bytes`, or hang up at once (0), and watch for `wait_s` s."""

    wait_s: float
    request_bytes: int = 1


def request(host: str, path: str, size: int) -> bytes:
    """Return a GET request, padded by a header to at least `size` bytes."""
    head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: gauntlet-probe\r\nAccept: */*\r\n"

    padding = size - len(head) - len("X-Padding: \r\n\r\n")
    if padding > 0:
        head += f"X-Padding: {'x' * padding}\r\n"
    return f"{head}\r\n".encode("ascii")


def look(address: str, path: str, plan: Plan, clock: Clock = time.monotonic) -> Sight:
    """Connect to `address` (host:port), do what the plan says, return what was seen; never raises OSError.

    The probe hangs up when the plan's time is over, when the answer is whole, or after 1 MB.
    """
    host, _, port = address.rpartition(":")
    try:
        connection = socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_S)
    except OSError:
        return Sight(Ending.REFUSED, 0.0)
    with connection:
        started = clock()
        try:
            if plan.request_bytes:
                connection.sendall(request(address, path, plan.request_bytes))
            else:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            return Sight(Ending.RESET, clock() - started)
        return _watch(connection, started, plan.wait_s, clock)


def _watch(connection: socket.socket, started: float, wait_s: float, clock: Clock) -> Sight:
    arrivals: list[tuple[float, int]] = []
    answer = bytearray()
    ending = Ending.OPEN
    while len(answer) < LIMIT_BYTES:
        left = started + wait_s - clock()
        if left <= 0:
            break
        connection.settimeout(left)
        try:
            data = connection.recv(65536)
        except TimeoutError:
            break
        except OSError:
            ending = Ending.RESET
            break
        if not data:
            ending = Ending.CLOSED
            break
        arrivals.append((clock() - started, len(data)))
        answer += data
        if is_complete(bytes(answer), ending):
            break
    return Sight(ending, clock() - started, tuple(arrivals), is_complete(bytes(answer), ending))


def is_complete(answer: bytes, ending: Ending) -> bool:
    """Return whether the bytes are a whole HTTP/1.1 answer (RFC 9112, section 6.3)."""
    head, separator, body = answer.partition(b"\r\n\r\n")
    if not separator:
        return False
    length = re.search(rb"\r\ncontent-length:[ \t]*(\d+)", head, re.IGNORECASE)
    if length:
        return len(body) >= int(length[1])
    if re.search(rb"\r\ntransfer-encoding:[ \t]*chunked", head, re.IGNORECASE):
        return body.endswith(b"0\r\n\r\n")
    return ending is Ending.CLOSED
