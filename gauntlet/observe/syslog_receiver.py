"""The harness as syslog server: what arrives by UDP and TCP at one port is added to a mirror of the trail."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress

from gauntlet.errors import SetupError
from gauntlet.observe.syslog import frames, line_of

ROOM = 8 * 1024 * 1024  # bytes of datagrams that wait to be read
ATTEMPTS = 20  # to find a port that is free for both
_NOTICES_CLOSING_S = 0.1
Take = Callable[[list[bytes]], None]  # told of lines


class SyslogReceiver:
    """Listens on a UDP and a TCP port of one number until it is closed."""

    def __init__(self, take: Take, listen: str = "127.0.0.1:0") -> None:
        """Start to listen. Raises SetupError when the address is taken."""
        self._take = take
        host, _, port = listen.rpartition(":")
        self._servers = self._bind(host, int(port))
        self.host, self.port = host, int(self._servers[0].socket.getsockname()[1])
        for server in self._servers:
            arguments = {"poll_interval": _NOTICES_CLOSING_S}
            threading.Thread(target=server.serve_forever, kwargs=arguments, daemon=True).start()

    def close(self) -> None:
        """Stop to listen."""
        for server in self._servers:
            server.shutdown()
            server.server_close()

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
        take = self._take

        class Stream(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):
                    for frame in frames(self.rfile):
                        take([line_of(frame)])

        class Datagram(socketserver.DatagramRequestHandler):
            def handle(self) -> None:
                take([line_of(self.rfile.read().rstrip(b"\r\n\0"))])

        return Stream if stream else Datagram


class _Streams(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64


class _Datagrams(socketserver.UDPServer):
    max_packet_size = 65_535

    def server_bind(self) -> None:
        """Bind with room for a burst: what the system drops here would look like the gateway's loss."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
        super().server_bind()
