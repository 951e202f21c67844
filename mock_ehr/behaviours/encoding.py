"""Bodies whose bytes are not what the head says: broken JSON, wrong charset, gzip that is none."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from mock_ehr.behaviours.checks import check_choice, check_whole
from mock_ehr.behaviours.stage import Stage
from mock_ehr.message import Answer, Pairs

BROKEN_TAIL = b'{"broken": '
VOWELS = {ord("a"): "\u00e1", ord("e"): "\u00e9", ord("i"): "\u00ed", ord("o"): "\u00f3", ord("u"): "\u00fa"}


@dataclass(frozen=True, slots=True)
class Corrupt:
    """Answer with the right status and broken JSON."""

    kind: ClassVar[str] = "corrupt"
    stage: ClassVar[Stage] = Stage.BYTES

    def rewrite(self, answer: Answer, draw: random.Random) -> Answer:
        """Return the answer with the last third of its body replaced by rubbish."""
        del draw
        kept = answer.body[: max(1, len(answer.body) * 2 // 3)] if answer.body else b""
        return replace(answer, body=kept + BROKEN_TAIL)


@dataclass(frozen=True, slots=True)
class Empty:
    """Answer 200 without a body, or with one of `blanks` spaces."""

    kind: ClassVar[str] = "empty"
    stage: ClassVar[Stage] = Stage.BYTES
    blanks: int = 0

    def __post_init__(self) -> None:
        check_whole("blanks", self.blanks, 0, 1 << 30)

    def rewrite(self, answer: Answer, draw: random.Random) -> Answer:
        """Return the answer without its body."""
        del draw
        headers = tuple(pair for pair in answer.headers if pair[0] != "Location")
        return replace(answer, status=200, body=b" " * self.blanks, headers=headers)


def accented(text: str) -> str:
    """Return `text` with a character beyond ASCII in the last text of a JSON document, if it has none."""
    if not text.isascii():
        return text
    for place in range(len(text) - 1, -1, -1):
        follows = text[place + 1 : place + 2]
        if ord(text[place]) in VOWELS and follows.isalpha() and text[place - 1 : place].isalpha():
            return text[:place] + VOWELS[ord(text[place])] + text[place + 1 :]
    return text


def in_latin_1(text: str) -> bytes:
    """Return `text` in ISO-8859-1 with at least one byte that is no UTF-8, where it has a word at all."""
    return accented(text).encode("latin-1", "replace")


def with_bad_byte(text: str) -> bytes:
    """Return `text` in UTF-8 with a byte inside its first string that UTF-8 never has."""
    place = text.find('"') + 1
    return text[:place].encode() + b"\xff" + text[place:].encode()


def with_lone_surrogate(text: str) -> bytes:
    """Return `text` with half of a surrogate pair as an escape at the end of its last string."""
    place = text.rfind('"')
    return (text[:place] + "\\ud83d" + text[place:]).encode()


CHARSETS: Mapping[str, Callable[[str], bytes]] = {
    "latin-1": in_latin_1,
    "utf-16": lambda text: text.encode("utf-16"),
    "bom": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "bad-byte": with_bad_byte,
    "lone-surrogate": with_lone_surrogate,
    "declared": str.encode,
}


@dataclass(frozen=True, slots=True)
class Charset:
    """Send bytes in another charset than the head declares.

    latin-1 and utf-16: so encoded, still declared utf-8; bom: UTF-8 with a byte order mark (RFC 8259 section
    8.1 forbids adding one); bad-byte: one 0xFF inside; lone-surrogate: an escape for half a character;
    declared: right UTF-8 that claims to be iso-8859-1.
    """

    kind: ClassVar[str] = "charset"
    stage: ClassVar[Stage] = Stage.BYTES
    flaw: str

    def __post_init__(self) -> None:
        check_choice("flaw", self.flaw, tuple(CHARSETS))

    def rewrite(self, answer: Answer, draw: random.Random) -> Answer:
        """Return the answer in the other charset."""
        del draw
        try:
            text = answer.body.decode()
        except UnicodeDecodeError:
            return answer
        if not text:
            return answer
        if self.flaw == "declared":
            kind = f"{answer.content_type.partition(';')[0]}; charset=iso-8859-1"
            return replace(answer, content_type=kind)
        return replace(answer, body=CHARSETS[self.flaw](text))


GZIPS = ("undeclared", "declared-only", "truncated", "wrong-checksum", "garbage-after", "twice", "deflate", "unasked",
         "bomb")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gzip:
    """Lie about compression.

    undeclared: gzip without Content-Encoding; declared-only: the header alone; truncated, wrong-checksum,
    garbage-after, twice: broken streams; deflate: raw deflate that is called gzip; unasked: right gzip whatever
    the client accepts; bomb: a right stream that becomes `size` bytes.
    """

    kind: ClassVar[str] = "gzip"
    stage: ClassVar[Stage] = Stage.BYTES
    flaw: str
    size: int = 64 * 1024 * 1024

    def __post_init__(self) -> None:
        check_choice("flaw", self.flaw, GZIPS)
        check_whole("size", self.size, 1, 1 << 30)

    def rewrite(self, answer: Answer, draw: random.Random) -> Answer:
        """Return the answer with the lie."""
        del draw
        if not answer.body:
            return answer
        headers: Pairs = answer.headers
        if self.flaw != "undeclared":
            headers = (*headers, ("Content-Encoding", "gzip"))
        return replace(answer, body=self._body(answer.body), headers=headers)

    def _body(self, body: bytes) -> bytes:
        good = gzip.compress(body, mtime=0)
        if self.flaw == "bomb":
            return bomb(self.size)
        return {
            "declared-only": body,
            "truncated": good[: len(good) * 2 // 3],
            "wrong-checksum": good[:-8] + bytes(8),
            "garbage-after": good + b"\x1f\x8bno gzip",
            "twice": gzip.compress(good, mtime=0),
            "deflate": zlib.compress(body)[2:-4],
        }.get(self.flaw, good)


def bomb(size: int) -> bytes:
    """Return a gzip stream of `size` spaces, made piece by piece."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = b" " * (1 << 20)
    whole, rest = divmod(size, len(piece))
    parts = [packer.compress(piece) for _ in range(whole)]
    return b"".join((*parts, packer.compress(piece[:rest]), packer.flush()))
