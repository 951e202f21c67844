"""A host of the harness that nobody has any business with: whoever calls it was lured there."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from gauntlet.errors import HarnessError

GRACE_S = 0.5  # time for a call that the gateway makes after it has answered
FIRST_BYTES = 200
KNOCK = b"harness knocks\r\n"


@dataclass
class Listener:
    """A listening socket; `calls` holds the first bytes of each connection."""

    url: str
    calls: list[bytes] = field(default_factory=list)

    def heard(self, grace_s: float = GRACE_S) -> list[str]:
        """Return the first bytes of every call, after waiting `grace_s` for late ones."""
        time.sleep(grace_s)
        return [call.decode("latin-1") for call in self.calls if call != KNOCK]


@contextlib.contextmanager
def silent_listener() -> Iterator[Listener]:
    """Listen on a free loopback port for the length of the block; it is proven that the listener hears.

    Raises HarnessError when it does not hear its own knock.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        listener = Listener(f"http://127.0.0.1:{server.getsockname()[1]}")
        stop = threading.Event()
        thread = threading.Thread(target=_listen, args=(server, listener, stop), daemon=True)
        thread.start()
        try:
            _knock(server.getsockname(), listener)
            yield listener
        finally:
            stop.set()
            thread.join(timeout=5.0)


def _knock(address: tuple[str, int], listener: Listener) -> None:
    with socket.create_connection(address, timeout=5.0) as sock:
        sock.sendall(KNOCK)
    deadline = time.monotonic() + 5.0
    while KNOCK not in listener.calls:
        if time.monotonic() > deadline:
            raise HarnessError("the listener for foreign addresses does not hear its own knock")
        time.sleep(0.01)


def _listen(server: socket.socket, listener: Listener, stop: threading.Event) -> None:
    server.settimeout(0.1)
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            caller, _ = server.accept()
            with caller:
                caller.settimeout(1.0)
                try:
                    listener.calls.append(caller.recv(FIRST_BYTES) or b"(connected and said nothing)")
                except OSError:
                    listener.calls.append(b"(connected and said nothing)")
