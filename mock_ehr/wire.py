"""HTTP/1.1 responses as bytes (RFC 9112)."""

from __future__ import annotations

import re
from email.utils import formatdate
from http import HTTPStatus

from mock_ehr.message import Answer

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


def render(answer: Answer, date_line: bytes, *, keep_alive: bool = True, head_only: bool = False) -> bytes:
    """Return the whole response.

    Line ends inside header values are replaced by spaces, so no answer can be split.
    """
    body = b"" if head_only or answer.status in BODILESS else answer.body
    reason = REASONS.get(answer.status, "Unknown")
    lines = [f"HTTP/1.1 {answer.status} {reason}\r\n"]
    for name, value in answer.all_headers():
        lines.append(f"{name}: {LINE_END.sub(' ', value)}\r\n")
    if answer.status not in BODILESS:
        lines.append(f"Content-Length: {len(answer.body)}\r\n")
    lines.append("\r\n" if keep_alive else "Connection: close\r\n\r\n")
    head = "".join(lines).encode("latin-1", "replace")
    first, rest = head.split(b"\r\n", 1)
    return b"".join((first, b"\r\n", date_line, rest, body))
