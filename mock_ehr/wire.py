"""HTTP/1.1 responses as bytes (RFC 9112)."""

from __future__ import annotations

import re
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
def head(status: int, headers: Pairs, keep_alive: bool) -> tuple[bytes, bytes]:
    """Return the status line and the other lines without Date and Content-Length.

    Line ends inside header values become spaces, so no answer can be split.
    """
    first = f"HTTP/1.1 {status} {REASONS.get(status, 'Unknown')}\r\n"
    lines = [f"{name}: {LINE_END.sub(' ', value)}\r\n" for name, value in headers]
    if not keep_alive:
        lines.append("Connection: close\r\n")
    return first.encode("latin-1"), "".join(lines).encode("latin-1", "replace")


def render(answer: Answer, date_line: bytes, *, keep_alive: bool = True, head_only: bool = False) -> bytes:
    """Return the whole response as bytes."""
    first, rest = head(answer.status, answer.all_headers(), keep_alive)
    if answer.status in BODILESS:
        return b"".join((first, date_line, rest, b"\r\n"))
    body = b"" if head_only else answer.body
    return b"".join((first, date_line, rest, b"Content-Length: %d\r\n\r\n" % len(answer.body), body))
