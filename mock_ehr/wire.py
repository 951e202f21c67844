"""HTTP/1.1 responses as bytes (RFC 9112)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

from mock_ehr.message import Answer, Pairs

REASONS: dict[int, str] = {status.value: status.phrase for status in HTTPStatus}
LINE_END = re.compile(r"[\r\n]+")
BODILESS = frozenset({204, 304})


def http_date(epoch_s: float) -> str:
    """Return `epoch_s` as an IMF-fixdate (RFC 9110 section 5.6.7)."""
    return formatdate(epoch_s, usegmt=True)


class DateHeader:
    """The Date header line, formatted once a second."""

    def __init__(self) -> None:
        self._second = -1
        self._line = b""

    def line(self, epoch_s: float) -> bytes:
        """Return `Date: ...` with its line end for the second that `epoch_s` lies in."""
        second = int(epoch_s)
        if second != self._second:
            self._second = second
            self._line = f"Date: {http_date(second)}\r\n".encode("ascii")
        return self._line


@lru_cache(maxsize=512)
def head(status: int, content_type: str, headers: Pairs, keep_alive: bool) -> tuple[bytes, bytes]:
    """Return the status line and the other lines without Date and Content-Length.

    Line ends inside header values become spaces, so no answer can be split.
    """
    first = f"HTTP/1.1 {status} {REASONS.get(status, 'Unknown')}\r\n"
    pairs = (("Content-Type", content_type), *headers) if content_type else headers
    lines = [f"{name}: {LINE_END.sub(' ', value)}\r\n" for name, value in pairs]
    if not keep_alive:
        lines.append("Connection: close\r\n")
    return first.encode("latin-1"), "".join(lines).encode("latin-1", "replace")


def render(answer: Answer, date_line: bytes, *, keep_alive: bool = True, head_only: bool = False) -> bytes:
    """Return the whole response as bytes."""
    first, rest = head(answer.status, answer.content_type, answer.headers, keep_alive)
    body = answer.body
    if answer.status in BODILESS:
        return b"%b%b%b\r\n" % (first, date_line, rest)
    return b"%b%b%bContent-Length: %d\r\n\r\n%b" % (first, date_line, rest, len(body), b"" if head_only else body)


@dataclass(slots=True)
class Draft:
    """A response that faults may still bend: status line, header lines without their ends, body, all as sent."""

    first: bytes
    lines: list[bytes]
    body: bytes
    line_end: bytes = b"\r\n"

    def without(self, name: bytes) -> None:
        """Remove the headers `name` (any case)."""
        prefix = name.lower() + b":"
        self.lines = [line for line in self.lines if not line.lower().startswith(prefix)]

    def head(self) -> bytes:
        """Return status line and headers with the empty line."""
        return self.line_end.join((self.first, *self.lines, b"", b""))

    def data(self) -> bytes:
        """Return the message."""
        return self.head() + self.body


def draft(answer: Answer, date_line: bytes, *, keep_alive: bool = True, head_only: bool = False) -> Draft:
    """Return the response as a draft; unchanged, its bytes are those of `render`."""
    data = render(answer, date_line, keep_alive=keep_alive, head_only=head_only)
    top, _, body = data.partition(b"\r\n\r\n")
    first, *lines = top.split(b"\r\n")
    return Draft(first, lines, body)
