"""How a log is cut up, at C speed and each piece once: into tokens first, those into words and numbers.

A token runs from one blank, quote, bracket, `=`, `&`, `,`, `:`, `;` or `|` to the next: an id, a date, a class name, a
text in base64. A word is a run of ASCII letters and digits or of anything beyond ASCII; a number is a run of digits
and dashes.
"""

from __future__ import annotations

import re
from itertools import pairwise
from urllib.parse import unquote_to_bytes

_BLANK = 32
_LOWER = bytes.maketrans(bytes(range(65, 91)), bytes(range(97, 123)))
_WORD_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789") | frozenset(range(128, 256))
_TO_TOKENS = bytes(byte if byte in _WORD_BYTES or byte in b"-+/_.~" else _BLANK for byte in range(256))
_TO_WORDS = bytes(byte if byte in _WORD_BYTES else _BLANK for byte in range(256))
_TO_NUMBERS = bytes(byte if byte in b"0123456789-" else _BLANK for byte in range(256))
_BEYOND_ASCII_NO_WORD = re.compile(r"[^\x00-\x7f\w]")  # typographic quotes, dashes and blanks


def folded(block: bytes) -> bytes:
    """Return UTF-8 `block` in folded case."""
    if block.isascii():
        return block.translate(_LOWER)
    return block.decode("utf-8", "replace").casefold().encode("utf-8", "replace")


def tokens(text: bytes) -> set[bytes]:
    """Return the tokens of folded `text`."""
    if not text.isascii():
        text = _BEYOND_ASCII_NO_WORD.sub(" ", text.decode("utf-8", "replace")).encode("utf-8", "replace")
    return set(text.translate(_TO_TOKENS).split())


def words(some: set[bytes]) -> set[bytes]:
    """Return the words of some tokens."""
    return set(b" ".join(some).translate(_TO_WORDS).split())


def numbers(some: list[bytes]) -> set[bytes]:
    """Return the runs of digits and dashes in some tokens, dashes at their ends included."""
    return set(b" ".join(some).translate(_TO_NUMBERS).split())


def broken(text: bytes) -> set[bytes]:
    """Return what the last token of each line of folded `text` makes with the first token of the next."""
    lines = [line for line in (whole.strip() for whole in text.splitlines()) if line]
    return {
        before.translate(_TO_TOKENS).split()[-1] + after.translate(_TO_TOKENS).split()[0]
        for before, after in pairwise(lines)
        if _TO_TOKENS[before[-1]] != _BLANK and _TO_TOKENS[after[0]] != _BLANK
    }


def pieces(some: list[bytes]) -> bytes:
    """Return some tokens one after the other, each filled up with blanks to whole pieces of four bytes."""
    return b"".join([token + b"   "[: -len(token) % 4] for token in some])


def url_decoded(block: bytes, marks: bytes) -> bytes:
    """Return the lines of `block` that hold one of `marks` (% and + encode), decoded."""
    lines = [line for line in block.splitlines() if any(mark in line for mark in marks)]
    return unquote_to_bytes(b"\n".join(lines).replace(b"+", b" "))


def joined(text: bytes) -> tuple[bytes, bytes]:
    """Return `text` as one line: line ends with their indents left out, and replaced by a blank."""
    lines = [line.strip() for line in text.splitlines()]
    return b"".join(lines), b" ".join(lines)
