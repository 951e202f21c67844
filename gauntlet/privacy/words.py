"""How text is brought into the form in which it is searched, at C speed: case, URL-encoding, line ends."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

_LOWER = bytes.maketrans(bytes(range(65, 91)), bytes(range(97, 123)))


def folded(block: bytes) -> bytes:
    """Return UTF-8 `block` in folded case."""
    if block.isascii():
        return block.translate(_LOWER)
    return block.decode("utf-8", "replace").casefold().encode("utf-8", "replace")


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
