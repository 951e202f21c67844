"""From the bytes of a connection to requests: parsing with httptools and the limits on sizes."""

from __future__ import annotations

import re
from collections.abc import Callable

import httptools

from mock_ehr.facts import ClientCertificate
from mock_ehr.limits import Limits
from mock_ehr.message import Lane, Request
from mock_ehr.standing import Lanes

OVERHEAD = 8  # bytes on the wire that a chunked body may take for each byte that it is allowed to have
TARGET = re.compile(rb"/[!-~]*")
UNREPEATABLE = frozenset({"expect", "upgrade", "content-length", "transfer-encoding"})
METHODS = {b"GET": "GET", b"POST": "POST", b"PUT": "PUT", b"DELETE": "DELETE", b"HEAD": "HEAD", b"PATCH": "PATCH"}

RawHeaders = list[tuple[bytes, bytes]]


class RequestReader:
    """Parses what arrives into `ready`: (0, request), or (refusal status, as much of the request as was read).

    After a refusal or a request that ends the connection it is `deaf`. `say_continue` is called when a client
    waits for 100 Continue. `lanes` has answers that stand.
    """

    __slots__ = (
        "_block", "_body", "_certificate", "_headers", "_lane", "_lanes", "_limits", "_parser", "_raw", "_refusal",
        "_say_continue", "_tail", "_url", "_wire_bytes", "count", "deaf", "in_head", "ready",
    )  # fmt: skip

    def __init__(
        self,
        limits: Limits,
        certificate: ClientCertificate | None,
        say_continue: Callable[[], None],
        lanes: Lanes | None = None,
    ) -> None:
        self._limits = limits
        self._certificate = certificate
        self._say_continue = say_continue
        self._parser: httptools.HttpRequestParser | None = None  # made with the first byte: idle connections are many
        self._block: RawHeaders | None = None  # the last request's headers as sent, `_headers` as decoded
        self._headers: dict[str, str] = {}
        self.ready: list[tuple[int, Request]] = []
        self.deaf = False
        self.in_head = True
        self.count = 0  # requests begun
        self._wire_bytes = 0  # of the head, then of the body
        self._lanes = lanes
        self._lane: Lane | None = None  # answers to requests that end in `_tail`
        self._tail = b""  # what follows the target of the last GET, when it can be taken as it is once more
        self._begin()

    def _begin(self) -> None:
        self._refusal = 0
        self._url = b""
        self._raw: RawHeaders = []
        self._body: bytes | bytearray = b""

    @property
    def in_request(self) -> bool:
        """Return whether a request has begun and is not whole."""
        return not self.in_head or self._wire_bytes > 0

    def again(self, data: bytes) -> bytes | tuple[bytes, bytes] | None:
        """Return the answer to `data` when it is one whole request that was answered before; None: `feed` it."""
        lane = self._lane
        if lane is None or not self.in_head or self._wire_bytes or not data.endswith(self._tail):
            return None
        again = lane.get(data[: -len(self._tail)])
        answer = again() if again is not None else None
        if answer is not None:
            self.count += 1
        return answer

    def feed(self, data: bytes) -> None:
        """Parse `data`."""
        if self.deaf:
            return
        fresh = self.in_head and not self._wire_bytes
        if fresh and self._tail and data.endswith(self._tail) and self._once_more(data):
            return
        before = self.count
        self._wire_bytes += len(data)
        self._parse(data)
        most = self._limits.head if self.in_head else self._limits.body * OVERHEAD + self._limits.head
        if self._wire_bytes > most:
            self._outgrown()
        self._tail = self._repeatable(data) if fresh and self.count == before + 1 else b""
        self._lane = None

    def _once_more(self, data: bytes) -> bool:
        """Take a GET that differs from the last one by its target alone without parsing it; False when it does not.

        Most clients send the same headers again and again. The headers were parsed and found good, byte by byte the
        same; only the target is new, and it is checked.
        """
        target = data[4 : -len(self._tail)]
        if data[:4] != b"GET " or not TARGET.fullmatch(target):
            return False
        if len(target) > self._limits.url or len(data) > self._limits.head:
            return False
        self.count += 1
        path, _, query = target.decode("ascii").partition("?")
        request = Request("GET", path, query, self._headers, b"", True, self._certificate)
        if self._lanes is not None:
            if self._lane is None:
                self._lane = self._lanes.lane(self._tail, self._certificate)
            request.place = (self._lane, data[: -len(self._tail)])
        self.ready.append((0, request))
        return True

    def _repeatable(self, data: bytes) -> bytes:
        """Return what follows the target when `data` is one whole GET without body, "" otherwise."""
        whole = self.in_head and not self._wire_bytes and not self.deaf
        if not whole or data[:4] != b"GET " or data[-4:] != b"\r\n\r\n" or len(self.ready) != 1:
            return b""
        if self._body or not UNREPEATABLE.isdisjoint(self._headers):
            return b""
        place = data.find(b" HTTP/1.1\r\n")
        return data[place:] if place > 0 else b""

    def _outgrown(self) -> None:
        if not self.deaf:
            self._refuse(431 if self.in_head else 413)

    def _parse(self, data: bytes) -> None:
        parser = self._parser
        if parser is None:
            parser = self._parser = httptools.HttpRequestParser(self)
        try:
            parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # h2c offers are declined by going on in HTTP/1.1; what follows is the next request
            rest = data[upgrade.args[0] :]
            if rest and not self.deaf:
                self._parse(rest)
        except httptools.HttpParserError:
            if not self.deaf:
                self._refuse(self._refusal or 400)

    def time_out(self) -> None:
        """Refuse the request that does not get whole."""
        self._refuse(408)

    def _refuse(self, status: int) -> None:
        path, query = self._target()
        method = self._method() if self._parser else "GET"
        headers = decoded(self._raw) if self.in_head else self._headers
        self.ready.append((status, Request(method, path, query, headers, b"", False, self._certificate)))
        self.deaf = True

    def _method(self) -> str:
        assert self._parser is not None  # noqa: S101 - narrows the type; only called while parsing
        method = self._parser.get_method()
        return METHODS.get(method) or method.decode("latin-1")

    def _target(self) -> tuple[str, str]:
        url = self._url.decode("latin-1")
        if url[:4] == "http" and "://" in url:  # absolute form (RFC 9112 section 3.2.2)
            url = "/" + url.partition("://")[2].partition("/")[2]
        path, _, query = url.partition("?")
        return path, query

    def _stop(self, status: int) -> None:
        self._refusal = status
        raise ValueError(status)  # httptools turns it into HttpParserCallbackError, which `_parse` answers

    # -- called by httptools --

    def on_message_begin(self) -> None:
        """Start a request."""
        self.count += 1
        self._wire_bytes = self._wire_bytes or 1
        self._begin()

    def on_url(self, url: bytes) -> None:
        """Collect the request target, which may come in pieces."""
        self._url = self._url + url if self._url else url
        if len(self._url) > self._limits.url:
            self._stop(414)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect a header or a trailer; trailers are read and not used."""
        self._raw.append((name, value))
        if len(self._raw) > self._limits.headers:
            self._stop(431)

    def on_headers_complete(self) -> None:
        """Check the head against the limits. Headers that are the last request's are not decoded again."""
        self.in_head = False
        self._wire_bytes = 0
        raw, self._raw = self._raw, []
        if raw != self._block:
            self._headers = decoded(raw)
            if sum(len(name) + len(value) + 4 for name, value in raw) > self._limits.head:
                self._stop(431)
            self._block = raw
        headers = self._headers
        if "content-length" in headers and int(headers["content-length"]) > self._limits.body:
            self._stop(413)
        if "expect" in headers and headers["expect"].lower() == "100-continue":
            self._say_continue()

    def on_body(self, body: bytes) -> None:
        """Collect the body."""
        if not self._body:
            self._body = body
        elif isinstance(self._body, bytes):
            self._body = bytearray(self._body + body)
        else:
            self._body += body
        if len(self._body) > self._limits.body:
            self._stop(413)

    def on_message_complete(self) -> None:
        """Hand over the request that is now whole."""
        parser = self._parser
        assert parser is not None  # noqa: S101 - narrows the type; the parser is calling
        path, query = self._target()
        keep_alive = parser.should_keep_alive() or parser.should_upgrade()
        method = self._method()
        self.in_head = True
        self._wire_bytes = 0
        request = Request(method, path, query, self._headers, bytes(self._body), keep_alive, self._certificate)
        if method == "CONNECT":
            self.ready.append((405, request))
            self.deaf = True
            return
        self.ready.append((0, request))
        if not keep_alive:
            self.deaf = True


def decoded(raw: RawHeaders) -> dict[str, str]:
    """Return headers by lower-case name; values of repeated ones are joined with a comma and a space."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        known = headers.get(key)
        headers[key] = text if known is None else f"{known}, {text}"
    return headers
