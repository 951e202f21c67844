"""The zoo: gateways that are none. Each answers everything in one degenerate way, as plausibly as it can.

Refusals carry the right challenge, a valid OperationOutcome and Retry-After, logs and metrics hold nothing about
patients: whoever passes a check here has passed it without doing any of a gateway's work.

    python gateways.py ANIMAL --listen 127.0.0.1:8080 --health 127.0.0.1:8081

The health port answers `/ready` and `/metrics`, whatever the animal does on the other one.
"""

from __future__ import annotations

import argparse
import json
import socket
import socketserver
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FHIR = "application/fhir+json"
SEARCHSET = {"resourceType": "Bundle", "type": "searchset", "total": 0}


@dataclass(frozen=True)
class Reply:
    """What an animal says."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def outcome(status: int, code: str, **headers: str) -> Reply:
    """Return an error as a good gateway would say it."""
    issue = {"severity": "error", "code": code, "diagnostics": "the request was not served"}
    body = json.dumps({"resourceType": "OperationOutcome", "issue": [issue]}).encode()
    return Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


REPLIES = {
    "always-200-empty": Reply(200, b"{}"),
    "always-200-empty-searchset": Reply(200, json.dumps(SEARCHSET).encode()),
    "always-401": outcome(401, "login", WWW_Authenticate='Bearer error="invalid_token"'),
    "always-404": outcome(404, "not-found"),
    "always-429": outcome(429, "throttled", Retry_After="1"),
    "always-503": outcome(503, "transient", Retry_After="1"),
}


class Animal(BaseHTTPRequestHandler):
    """Speaks HTTP/1.1, reads every body to its end, and logs that it was asked, nothing else."""

    protocol_version = "HTTP/1.1"
    reply: Callable[[Animal, bytes], Reply]

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        reply = self.reply(body)
        self.send_response_only(reply.status)
        headers = {
            "Content-Type": FHIR,
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            **reply.headers,
            "Content-Length": str(len(reply.body)),
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)
        sys.stderr.write("asked and answered\n")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _answer  # noqa: N815 - names http.server calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Log nothing more."""


def always(reply: Reply) -> type[Animal]:
    """Return the animal that gives the same reply to everything."""
    return type("Always", (Animal,), {"reply": lambda self, body: reply})


class Echo(Animal):
    """Returns what was sent: the body, or else the request line."""

    def reply(self, body: bytes) -> Reply:
        """Return the request as an answer, its headers included."""
        skipped = {"host", "connection", "content-length", "content-type", "accept-encoding", "transfer-encoding"}
        headers = {name: value for name, value in self.headers.items() if name.lower() not in skipped}
        return Reply(200, body or self.requestline.encode("latin-1"), headers)


class Hang(socketserver.BaseRequestHandler):
    """Accepts and never says a word."""

    def handle(self) -> None:
        """Wait until the other side gives up."""
        while self.request.recv(65536):
            pass


class Slam(socketserver.BaseRequestHandler):
    """Accepts and closes at once."""

    def handle(self) -> None:
        """Close with a reset, as a process does that dies."""
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.request.close()


class Health(Animal):
    """The health port: always well, and metrics without a patient."""

    def reply(self, body: bytes) -> Reply:
        """Return the exposition, which serves as a health answer as well."""
        return Reply(200, b"# TYPE animal_up gauge\nanimal_up 1\n", {"Content-Type": "text/plain; version=0.0.4"})


class Listener(socketserver.ThreadingTCPServer):
    """A TCP server for the animals that do not speak HTTP."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256


class HttpListener(ThreadingHTTPServer):
    """An HTTP server that never asks a name server for its own name."""

    daemon_threads = True
    request_queue_size = 256

    def server_bind(self) -> None:
        """Bind without the look-up of the host's name."""
        socketserver.TCPServer.server_bind(self)


def server_of(animal: str, address: tuple[str, int]) -> socketserver.TCPServer:
    """Return the server of an animal, listening."""
    if animal in ("hang", "slam"):
        return Listener(address, Hang if animal == "hang" else Slam)
    return HttpListener(address, Echo if animal == "echo" else always(REPLIES[animal]))


def address_of(text: str) -> tuple[str, int]:
    """Return host and port of `host:port`."""
    host, _, port = text.rpartition(":")
    return host, int(port)


def main() -> None:
    """Serve until killed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("animal", choices=["hang", "slam", "echo", *REPLIES])
    options.add_argument("--listen", required=True, type=address_of)
    options.add_argument("--health", required=True, type=address_of)
    chosen = options.parse_args()
    server = server_of(chosen.animal, chosen.listen)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    HttpListener(chosen.health, Health).serve_forever()


if __name__ == "__main__":
    main()
