"""How text is cut up, at C speed: into tokens first, those into words.

A token runs from one blank, quote, bracket, `=`, `&`, `,`, `:`, `;` or `|` to the next: an id, a date, a class name, a
text in base64. A word is a run of ASCII letters and digits or of anything beyond ASCII.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

_BLANK = 32
_LOWER = bytes.maketrans(bytes(range(65, 91)), bytes(range(97, 123)))
_WORD_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789") | frozenset(range(128, 256))
_TO_TOKENS = bytes(byte if byte in _WORD_BYTES or byte in b"-+/_.~" else _BLANK for byte in range(256))
_TO_WORDS = bytes(byte if byte in _WORD_BYTES else _BLANK for byte in range(256))
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


def url_decoded(block: bytes, marks: bytes) -> bytes:
    """Return the lines of `block` that hold one of `marks` (% and + encode), decoded."""
    lines = block.splitlines()
    if len(marks) == 1:
        lines = [line for line in lines if marks in line]
    else:
        lines = [line for line in lines if any(mark in line for mark in marks)]
    return unquote_to_bytes(b"\n".join(lines).replace(b"+", b" "))


def with_blanks(text: bytes) -> bytes:
    """Return `text` as one line: line ends with their indents replaced by a blank."""
    return b" ".join(map(bytes.strip, text.splitlines()))
