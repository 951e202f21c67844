"""A gateway that knows nobody and exits by itself as soon as it is asked for a condition.

python dying_gateway.py 127.0.0.1:8080
"""

from __future__ import annotations

import json
import os
import socketserver
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STATUS = 7
UNKNOWN = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-found"}]}


class DyingGateway(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if "/Condition" in self.path:
            sys.stderr.write("out of luck\n")
            sys.stderr.flush()
            os._exit(STATUS)
        well = self.path.startswith("/health")
        body = json.dumps(UNKNOWN).encode()
        self.send_response(200 if well else 404)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        pass


class Listener(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # without the look-up of the host's name


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    Listener((host, int(port)), DyingGateway).serve_forever()
