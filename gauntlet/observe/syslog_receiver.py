"""The harness as syslog server: what arrives by UDP and TCP at one port is added to a mirror of the trail."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from gauntlet.errors import SetupError
from gauntlet.observe.syslog import frames, line_of

ROOM = 8 * 1024 * 1024  # bytes of datagrams that wait to be read
ATTEMPTS = 20  # to find a port that is free for both
UDP_SOCKETS = Path("/proc/net/udp")
_NOTICES_CLOSING_S = 0.1
Take = Callable[[list[bytes]], None]  # told of lines


class SyslogReceiver:
    """Listens on a UDP and a TCP port of one number until it is closed. `datagrams`: how many messages came by UDP."""

    def __init__(self, take: Take, listen: str = "127.0.0.1:0") -> None:
        """Start to listen. Raises SetupError when the address is taken."""
        self._take = take
        self._streams: set[socket.socket] = set()
        self.datagrams = 0
        host, _, port = listen.rpartition(":")
        self._servers = self._listen(host, int(port))
        self.host, self.port = host, int(self._servers[0].socket.getsockname()[1])

    def close(self) -> None:
        """Stop to listen, and cut the connections that are open."""
        for server in self._servers:
            server.shutdown()
            server.server_close()
        for stream in list(self._streams):
            with suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)

    def again(self) -> None:
        """Listen once more at the same address, after `close`. Raises SetupError when it was taken meanwhile."""
        self._servers = self._listen(self.host, self.port)

    def dropped(self, table: Path = UDP_SOCKETS) -> int:
        """Return how many datagrams the system has dropped because they came faster than they were read."""
        try:
            rows = [line.split() for line in table.read_text(encoding="ascii").splitlines()[1:]]
        except OSError:
            return 0  # not Linux: nobody counts
        return sum(int(row[-1]) for row in rows if int(row[1].partition(":")[2], 16) == self.port)

    def _listen(self, host: str, port: int) -> tuple[socketserver.TCPServer, ...]:
        servers = self._bind(host, port)
        for server in servers:
            arguments = {"poll_interval": _NOTICES_CLOSING_S}
            threading.Thread(target=server.serve_forever, kwargs=arguments, daemon=True).start()
        return servers

    def _bind(self, host: str, port: int) -> tuple[socketserver.TCPServer, ...]:
        for _ in range(ATTEMPTS):
            with suppress(OSError):
                streams = _Streams((host, port), self._handler(stream=True))
                try:
                    number = streams.socket.getsockname()[1]
                    return streams, _Datagrams((host, number), self._handler(stream=False))
                except OSError:
                    streams.server_close()
        raise SetupError(f"the address {host}:{port} for syslog is taken", hint="free it or give another one")

    def _handler(self, *, stream: bool) -> type[socketserver.BaseRequestHandler]:
        take, receiver = self._take, self

        class Stream(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                receiver._streams.add(self.connection)
                with suppress(OSError):
                    for frame in frames(self.rfile):
                        take([line_of(frame)])
                receiver._streams.discard(self.connection)

        class Datagram(socketserver.DatagramRequestHandler):
            def handle(self) -> None:
                receiver.datagrams += 1
                take([line_of(self.rfile.read().rstrip(b"\r\n\0"))])

        return Stream if stream else Datagram


class _Streams(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    allow_reuse_address = True  # or connections that were cut keep the address for a minute


class _Datagrams(socketserver.UDPServer):
    max_packet_size = 65_535

    def server_bind(self) -> None:
        """Bind with room for a burst: what the system drops here would look like the gateway's loss."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
        super().server_bind()
