"""Messages whose length is a lie: Content-Length and chunked coding (RFC 9112 sections 6 and 7)."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from mock_ehr.behaviours.checks import check_choice, check_whole
from mock_ehr.behaviours.stage import Stage
from mock_ehr.wire import Draft

ENDS = ("keep", "close", "hang")
LENGTHS: Mapping[str, Callable[[int, int], list[str]]] = {
    "longer": lambda size, by: [str(size + by)],
    "shorter": lambda size, by: [str(max(0, size - by))],
    "twice": lambda size, _by: [str(size), str(size)],
    "contradicting": lambda size, by: [str(size), str(size + by)],
    "negative": lambda size, _by: [f"-{size or 1}"],
    "text": lambda _size, _by: ["all"],
    "absent": lambda _size, _by: [],
}


@dataclass(frozen=True, slots=True)
class WrongLength:
    """Announce another Content-Length than the body has; then keep the connection, close it, or hang (`then`).

    `announce` is longer, shorter (both `by` bytes), twice (the right one in two headers), contradicting (two that
    differ), negative, text or absent. Too short on a connection that is kept leaves the rest to be taken for the
    next answer. Kept is what the client wants to keep; who hangs stays silent even if asked to close.
    """

    kind: ClassVar[str] = "wrong-length"
    stage: ClassVar[Stage] = Stage.FRAME
    announce: str = "longer"
    by: int = 10
    then: str = "keep"

    def __post_init__(self) -> None:
        check_choice("announce", self.announce, tuple(LENGTHS))
        check_whole("by", self.by, 1, 1 << 30)
        check_choice("then", self.then, ENDS)

    def reshape(self, draft: Draft, draw: random.Random) -> str:
        """Change the length that `draft` announces."""
        del draw
        lengths = LENGTHS[self.announce](len(draft.body), self.by)
        draft.without(b"content-length")
        draft.lines += [b"Content-Length: " + length.encode() for length in lengths]
        return f"{self.announce}: Content-Length {' and '.join(lengths) or 'absent'} for {len(draft.body)} bytes"


LAST = b"0\r\n\r\n"


def chunk(data: bytes, size: int | None = None) -> bytes:
    """Return one chunk; `size` is what it announces, its length by default."""
    return b"%x\r\n%b\r\n" % (len(data) if size is None else size, data)


def chunked(body: bytes, size: int) -> list[bytes]:
    """Return `body` as right chunks of `size` bytes, without the last one."""
    return [chunk(body[start : start + size]) for start in range(0, len(body), size)]


def misframed(flaw: str, body: bytes, size: int) -> bytes:
    """Return `body` in chunked coding with the flaw."""
    chunks = chunked(body, size)
    first, rest = body[:size], b"".join(chunks[1:])
    return {
        "valid": lambda: b"".join(chunks) + LAST,
        "size-too-large": lambda: chunk(first, len(first) + 7) + rest + LAST,
        "size-too-small": lambda: chunk(first, max(1, len(first) - 7)) + rest + LAST,
        "size-not-hex": lambda: b"xyz\r\n" + first + b"\r\n" + rest + LAST,
        "size-negative": lambda: b"-5\r\n" + first + b"\r\n" + rest + LAST,
        "size-absurd": lambda: b"f" * 20 + b"\r\n" + first + b"\r\n" + rest + LAST,
        "no-line-end": lambda: chunk(first)[:-2] + rest + LAST,
        "no-end": lambda: b"".join(chunks),
        "garbage-trailer": lambda: b"".join(chunks) + b"0\r\n\x00no header at all\xff\r\n\r\n",
        "long-extension": lambda: b"%x;%b\r\n%b\r\n" % (len(first), b"e" * 65_536, first) + rest + LAST,
        "both-framings": lambda: b"".join(chunks) + LAST,
    }[flaw]()


FLAWS = (
    "valid", "size-too-large", "size-too-small", "size-not-hex", "size-negative", "size-absurd", "no-line-end",
    "no-end", "garbage-trailer", "long-extension", "both-framings",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chunking:
    """Send the body in chunks of `bytes` bytes with a flaw ("valid": without one, for the other half of a proof).

    `both-framings` has the right Content-Length too, which a client must refuse or ignore (RFC 9112 section
    6.3); `no-end` lacks the last chunk; then the connection is kept, closed, or hangs (`then`).
    """

    kind: ClassVar[str] = "chunking"
    stage: ClassVar[Stage] = Stage.FRAME
    flaw: str
    bytes: int = 512
    then: str = "keep"

    def __post_init__(self) -> None:
        check_choice("flaw", self.flaw, FLAWS)
        check_whole("bytes", self.bytes, 1, 1 << 24)
        check_choice("then", self.then, ENDS)

    def reshape(self, draft: Draft, draw: random.Random) -> str:
        """Put the body of `draft` into chunks."""
        del draw
        if not draft.body:
            return ""
        if self.flaw != "both-framings":
            draft.without(b"content-length")
        draft.lines.append(b"Transfer-Encoding: chunked")
        draft.body = misframed(self.flaw, draft.body, self.bytes)
        return self.flaw
