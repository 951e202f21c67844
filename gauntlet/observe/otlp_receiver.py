"""The harness as OpenTelemetry collector: metrics, and spans if they are claimed, pushed to it by OTLP/HTTP, in JSON.

Each instance of a gateway pushes to a base URL of its own, so that a second one does not disturb what the first counts.
"""

from __future__ import annotations

import gzip
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson

from gauntlet.errors import CheckFailed, SetupError
from gauntlet.observe.otlp import Totals, exposition, points_of
from gauntlet.observe.spans import Spans

PATH = "/v1/metrics"
TRACES_PATH = "/v1/traces"
TEXT = "text/plain; version=0.0.4"
JSON_ONLY = "metrics are understood as JSON; set OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=http/json"
SPANS_JSON_ONLY = "spans are understood as JSON; set OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/json"
FRESH = 2  # pushes that must arrive: the first one may have been collected before it was asked for
PATIENCE_S = 5.0
_LONGEST = 32 * 1024 * 1024
_NOTICES_CLOSING_S = 0.1


class OtlpReceiver:
    """Listens until it is closed. `every_s` is the time between two pushes; `spans` takes spans, if they come."""

    def __init__(self, every_s: float, listen: str = "127.0.0.1:0", spans: Spans | None = None) -> None:
        """Start to listen. Raises SetupError when the address is taken."""
        self.every_s = every_s
        self.spans = spans
        self.refused = ""  # why the last push was refused; empty: it was not
        self._arrived = threading.Condition()
        self._totals: defaultdict[str, Totals] = defaultdict(Totals)
        self._pushes: defaultdict[str, int] = defaultdict(int)
        host, _, port = listen.rpartition(":")
        try:
            self._server = _Server((host, int(port)), self)
        except OSError as error:
            raise SetupError(f"the address {listen} for OTLP is not to be had: {error.strerror}") from None
        self.url = f"http://{host}:{self._server.server_address[1]}"
        arguments = {"poll_interval": _NOTICES_CLOSING_S}
        threading.Thread(target=self._server.serve_forever, kwargs=arguments, daemon=True).start()

    def close(self) -> None:
        """Stop to listen."""
        self._server.shutdown()
        self._server.server_close()

    def take(self, path: str, media_type: str, body: bytes) -> tuple[int, str]:
        """Take one push; return status and text of its answer."""
        if self.spans is not None and path.endswith(TRACES_PATH):
            status, text = _spans_taken(self.spans, media_type, body)
            self.spans.refused = text
            return status, text
        status, text = self._taken(path, media_type, body)
        self.refused = text
        return status, text

    def exposition(self) -> tuple[str, str]:
        """Return media type and text of what the gateway counts now, in the Prometheus text format.

        Waits for pushes that show this moment. Raises CheckFailed when none come.
        """
        deadline = time.monotonic() + FRESH * self.every_s + PATIENCE_S
        with self._arrived:
            wanted = self._pushes[PATH] + FRESH
            while self._pushes[PATH] < wanted:
                if not self._arrived.wait(max(0.0, deadline - time.monotonic())) and time.monotonic() >= deadline:
                    raise CheckFailed(
                        f"no metrics are pushed to {self.url}{PATH}",
                        expected=f"a push every {self.every_s:g} s",
                        actual=self.refused or "none",
                    )
            return TEXT, exposition(self._totals[PATH].samples())

    def _taken(self, path: str, media_type: str, body: bytes) -> tuple[int, str]:
        if not path.endswith(PATH):
            return 404, f"only {PATH} is served" + (f", and {TRACES_PATH}" if self.spans is not None else "")
        if not _is_json(media_type):
            return 415, JSON_ONLY
        try:
            points = list(points_of(orjson.loads(body)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return 400, f"this is no ExportMetricsServiceRequest: {error!r}"
        with self._arrived:
            self._totals[path].take(points)
            self._pushes[path] += 1
            self._arrived.notify_all()
        return 200, ""


def _spans_taken(spans: Spans, media_type: str, body: bytes) -> tuple[int, str]:
    if not _is_json(media_type):
        return 415, SPANS_JSON_ONLY
    try:
        spans.take(body)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return 400, f"this is no ExportTraceServiceRequest: {error!r}"
    return 200, ""


def _is_json(media_type: str) -> bool:
    return media_type.partition(";")[0].strip().lower() == "application/json"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], receiver: OtlpReceiver) -> None:
        self.receiver = receiver
        super().__init__(address, _Push)


class _Push(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        """Take one push."""
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 < length <= _LONGEST:
            self._answer(413 if length else 411, "a body with a Content-Length is expected")
            self.close_connection = True
            return
        body = self.rfile.read(length)
        try:
            plain = gzip.decompress(body) if self.headers.get("Content-Encoding", "").lower() == "gzip" else body
        except (OSError, EOFError):
            self._answer(400, "the body is not gzip")
            return
        self._answer(*self.server.receiver.take(self.path, self.headers.get("Content-Type", ""), plain))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing: the harness has its own records."""

    def _answer(self, status: int, text: str) -> None:
        body = orjson.dumps({"message": text} if text else {})
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
