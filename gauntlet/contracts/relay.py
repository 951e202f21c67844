"""A relay on loopback between a contract's verifier and the gateway.

What passes is sent by the check's own app: with its token, recorded in its ledger, judged like every other delivery.
The verifier, a program we did not write, never sees a token and cannot reach anything else.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

from gauntlet.answer import Answer
from gauntlet.consumer import Consumer
from gauntlet.errors import NoAnswer

_OF_THE_CONNECTION = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "user-agent", "authorization"}
)
_OF_THE_ANSWER = frozenset({"connection", "content-length", "transfer-encoding", "content-encoding", "keep-alive"})


@dataclass
class Relayed:
    """Where the relay listens, and what came back."""

    url: str
    answers: list[Answer] = field(default_factory=list)
    failures: list[NoAnswer] = field(default_factory=list)


@contextmanager
def relay(app: Consumer) -> Iterator[Relayed]:
    """Serve a relay to the gateway that `app` uses, for the length of the block."""
    relayed = Relayed("")
    handler = type("Handler", (_Handler,), {"app": app, "relayed": relayed})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        relayed.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield relayed
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    app: Consumer
    relayed: Relayed

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        headers = {
            name.title(): value for name, value in self.headers.items() if name.lower() not in _OF_THE_CONNECTION
        }
        try:
            answer = self.app.send(self.command, self.path.lstrip("/"), body=body, headers=headers)
        except NoAnswer as failure:
            self.relayed.failures.append(failure)
            self.close_connection = True
            return
        self.relayed.answers.append(answer)
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name not in _OF_THE_ANSWER:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _pass_on  # noqa: N815 - names http.server calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Log nothing: the ledger has it all."""
