"""A TLS server on loopback for tests: it shakes hands and says nothing."""

import contextlib
import socket
import ssl
import threading


class TlsServer:
    """Accepts connections in a thread until `close`."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                raw, _ = self._socket.accept()
            except OSError:
                return
            raw.settimeout(5)
            with contextlib.suppress(OSError), self._context.wrap_socket(raw, server_side=True) as connection:
                connection.recv(1)
            raw.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)
