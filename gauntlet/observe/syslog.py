"""Syslog messages as audit records: what frames a message, and what a message says.

Sources: RFC 5424 (the message), RFC 6587 (octet counting and framing by newline over TCP), RFC 5426 (UDP).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Protocol

import orjson

LONGEST = 1_000_000  # bytes of one message
_HEADER = ("TIMESTAMP", "HOSTNAME", "APP-NAME", "PROCID", "MSGID")
_VALUE = r'(?:[^"\\\]]|\\.)*'
_ELEMENT = rf'\[[^ =\]"]+(?: [^ =\]"]+="{_VALUE}")*\]'
_MESSAGE = re.compile(rf"<\d{{1,3}}>1 (\S+) (\S+) (\S+) (\S+) (\S+) (-|(?:{_ELEMENT})+)(?: (.*))?", re.DOTALL)
_PARAMETER = re.compile(rf' ([^ =\]"]+)="({_VALUE})"', re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\\]])')
_BYTE_ORDER_MARK = "\ufeff"


class Stream(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """Return so many bytes, fewer at the end."""

    def readline(self, size: int, /) -> bytes:
        """Return one line, at most so many bytes of it."""


def frames(stream: Stream) -> Iterator[bytes]:
    """Yield the messages of a TCP stream, each framed by its length in octets or by a newline."""
    while first := stream.read(1):
        if first.isdigit():
            length = _length(first, stream)
            if length is None:
                yield b"a frame whose length is no number"
                return
            yield stream.read(length)
        elif first not in b"\r\n\0":
            yield first + stream.readline(LONGEST).rstrip(b"\r\n")


def _length(first: bytes, stream: Stream) -> int | None:
    digits = first
    while (more := stream.read(1)).isdigit() and len(digits) < len(str(LONGEST)):
        digits += more
    return int(digits) if more == b" " and int(digits) <= LONGEST else None


def line_of(message: bytes) -> bytes:
    """Return a message as one line of the trail, without the newline.

    A JSON object without structured data stays as it was sent. Otherwise header fields (TIMESTAMP, HOSTNAME, APP-NAME,
    PROCID, MSGID), parameters of the structured data and a JSON object are put together; text goes to MSG. What is no
    RFC 5424 message stays what it is, so that a reader of the trail stumbles over it.
    """
    text = message.decode("utf-8", "replace")
    found = _MESSAGE.fullmatch(text)
    if found is None:
        return " ".join(text.split()).encode()
    body = (found[7] or "").removeprefix(_BYTE_ORDER_MARK).strip()
    said = _json_object(body)
    if found[6] == "-" and said is not None:
        return body.encode() if "\n" not in body else orjson.dumps(said)
    header = {name: value for name, value in zip(_HEADER, found.groups()[:5], strict=True) if value != "-"}
    parameters = {name: _ESCAPED.sub(r"\1", value) for name, value in _PARAMETER.findall(found[6])}
    return orjson.dumps({**header, **parameters, **(said if said is not None else {"MSG": body} if body else {})})


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        value = orjson.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
