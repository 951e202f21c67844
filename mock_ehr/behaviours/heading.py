"""Heads that a client has to survive: huge, many, injected, malformed (RFC 9112 sections 2.2, 4 and 5)."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from mock_ehr.behaviours.checks import FaultError, check_choice, check_texts, check_whole
from mock_ehr.behaviours.stage import Stage
from mock_ehr.wire import Draft


def retyped(draft: Draft, *types: bytes) -> None:
    """Let `types` be the content types of `draft`."""
    draft.without(b"content-type")
    draft.lines += [b"Content-Type: " + name for name in types]


def restarted(draft: Draft, version: bytes, *, reason: bool = True) -> None:
    """Let the status line begin with `version`."""
    _, status, phrase = draft.first.split(b" ", 2)
    draft.first = b" ".join((version, status, *((phrase,) if reason else ())))


def bare_line_ends(draft: Draft) -> None:
    """Let lines end with LF alone."""
    draft.line_end = b"\n"


LINES: Mapping[str, bytes] = {  # added to the head as they are
    "injected-header": b"X-Request-Id: 1\r\nSet-Cookie: injected=1\r\nX-Injected: yes",
    "injected-answer": b"X-Request-Id: 1\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    b"Content-Length: 8\r\n\r\ninjected",
    "no-colon": b"this line has no colon",
    "folded": b"X-Folded: one\r\n two",
    "bad-name": b"X Bad Name : 1",
    "empty-name": b": nameless",
    "nul": b"X-Nul: a\x00b",
    "latin-1": b"X-Latin: caf\xe9",
    "close-and-keep": b"Connection: close, keep-alive",
}
SIZED: Mapping[str, Callable[[int, int], list[bytes]]] = {  # lines of `size` bytes, `count` of them
    "huge": lambda size, _count: [b"X-Padding: " + b"p" * size],
    "many": lambda _size, count: [b"X-Header-%d: %d" % (number, number) for number in range(count)],
    "cookies": lambda size, count: [
        b"Set-Cookie: session%d=%b; Path=/; HttpOnly" % (number, b"c" * size) for number in range(count)
    ],
}
CHANGES: Mapping[str, Callable[[Draft], None]] = {
    "two-types": lambda draft: retyped(draft, b"application/fhir+json", b"text/html"),
    "wrong-type": lambda draft: retyped(draft, b"text/plain"),
    "no-type": retyped,
    "broken-type": lambda draft: retyped(draft, b"application/fhir+json; charset"),
    "bare-line-ends": bare_line_ends,
    "no-reason": lambda draft: restarted(draft, b"HTTP/1.1", reason=False),
    "version-1.0": lambda draft: restarted(draft, b"HTTP/1.0"),
    "version-unknown": lambda draft: restarted(draft, b"HTTP/7.3"),
    "not-http": lambda draft: restarted(draft, b"ICY"),
}
FLAWS = (*SIZED, *LINES, *CHANGES)
LARGEST = 1 << 24


@dataclass(frozen=True, slots=True)
class Header:
    """Bend the head: by a named `flaw` (`size` bytes a header, `count` of them), or `add` and `remove` headers."""

    kind: ClassVar[str] = "header"
    stage: ClassVar[Stage] = Stage.HEAD
    flaw: str = ""
    size: int = 65_536
    count: int = 200
    add: Mapping[str, str] = field(default_factory=dict)
    remove: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.flaw:
            check_choice("flaw", self.flaw, FLAWS)
        check_whole("size", self.size, 1, LARGEST)
        check_whole("count", self.count, 1, 100_000)
        if self.flaw == "cookies" and self.size * self.count > LARGEST:
            raise FaultError(f"size is {self.size} for {self.count} cookies; together at most {LARGEST} bytes", "size")
        check_texts("add", self.add)
        if not isinstance(self.remove, list | tuple) or not all(isinstance(name, str) for name in self.remove):
            raise FaultError(f"remove is {self.remove!r}; it is a list of header names", "remove")
        if not (self.flaw or self.add or self.remove):
            raise FaultError(f"header changes nothing; give add, remove or a flaw: {', '.join(FLAWS)}", "flaw")

    def reshape(self, draft: Draft, draw: random.Random) -> str:
        """Bend the head of `draft`."""
        del draw
        for name in self.remove:
            draft.without(name.encode("latin-1", "replace"))
        draft.lines += [f"{name}: {value}".encode("utf-8", "surrogateescape") for name, value in self.add.items()]
        if self.flaw in LINES:
            draft.lines.append(LINES[self.flaw])
        elif self.flaw in SIZED:
            draft.lines += SIZED[self.flaw](self.size, self.count)
        elif self.flaw:
            CHANGES[self.flaw](draft)
        return self.flaw or "changed headers"
