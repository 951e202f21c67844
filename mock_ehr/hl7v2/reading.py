r"""Reading HL7 v2 messages (HL7 v2.5.1 chapter 2): delimiters from MSH, segments ended by CR, escapes undone. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_SEGMENTS = 10_000

_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")
_LETTERS = {"F": 0, "S": 1, "R": 2, "E": 3, "T": 4}
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


class Hl7Error(ValueError):
    """A message that is refused. `code` is of table 0357 (HL7 v2.5.1 2.16.5)."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Message:
    """A parsed message. `delimiters` are field, component, repetition, escape and subcomponent."""

    delimiters: str
    segments: tuple[tuple[str, ...], ...]  # fields by their number; 0 is the name, MSH-1 its own delimiter

    def fields(self, name: str) -> tuple[str, ...]:
        """Return the fields of the first segment of that name, () without one."""
        return next((segment for segment in self.segments if segment[0] == name), ())

    def raw(self, name: str, number: int) -> str:
        """Return a field of the first such segment as it stands, "" when it is absent."""
        fields = self.fields(name)
        return fields[number] if number < len(fields) else ""

    def text(self, name: str, number: int, component: int = 1) -> str:
        """Return the first repetition's component, first subcomponent, escapes undone."""
        repetition = self.raw(name, number).split(self.delimiters[2])[0]
        return self._part(repetition, component)

    def repetitions(self, name: str, number: int, component: int = 1) -> list[str]:
        """Return that component of every repetition."""
        return [self._part(one, component) for one in self.raw(name, number).split(self.delimiters[2])]

    def _part(self, repetition: str, component: int) -> str:
        components = repetition.split(self.delimiters[1])
        found = components[component - 1] if component <= len(components) else ""
        return unescaped(found.split(self.delimiters[4])[0], self.delimiters)

    @property
    def event(self) -> str:
        """Return MSH-9 as type^event."""
        return "^".join(filter(None, (self.text("MSH", 9, 1), self.text("MSH", 9, 2))))

    @property
    def control_id(self) -> str:
        """Return MSH-10."""
        return self.text("MSH", 10)


def parse(data: bytes) -> Message:
    """Return the message. Raises Hl7Error saying what is wrong with it."""
    text = decoded(data)
    if not text.startswith("MSH") or len(text) < 8:
        raise Hl7Error("100", "the message does not begin with MSH and its delimiters")
    delimiters = text[3:8]
    if len(set(delimiters)) != 5 or any(mark.isalnum() or mark in "\r\n" for mark in delimiters):
        raise Hl7Error("102", f"MSH-1 and MSH-2 are no five different delimiters: {delimiters!r}")
    lines = text.rstrip("\r").split("\r")
    if len(lines) > MOST_SEGMENTS:
        raise Hl7Error("100", f"the message has {len(lines)} segments; {MOST_SEGMENTS} are taken")
    return Message(delimiters, tuple(_segment(line, number, delimiters) for number, line in enumerate(lines)))


def _segment(line: str, number: int, delimiters: str) -> tuple[str, ...]:
    name, *fields = line.split(delimiters[0])
    if not _NAME.fullmatch(name) or (name == "MSH") is not (number == 0):
        raise Hl7Error("100", f"segment {number + 1} begins with {line[:20]!r}; a segment begins with its name")
    return (name, delimiters[0], *fields) if number == 0 else (name, *fields)


def decoded(data: bytes) -> str:
    """Return the text of a message: UTF-8, or ISO 8859-1 when MSH-18 says so. Raises Hl7Error."""
    header = data.partition(b"\r")[0].split(data[3:4] or b"|")
    charset = header[17].partition(b"~")[0] if len(header) > 17 else b""
    try:
        return data.decode("latin-1" if charset == b"8859/1" else "utf-8")
    except UnicodeDecodeError as error:
        raise Hl7Error(
            "102", f"byte {error.start} is no UTF-8, and MSH-18 does not name another character set"
        ) from error


def unescaped(text: str, delimiters: str) -> str:
    r"""Return a text with its escapes undone (2.7): \F\ \S\ \T\ \R\ \E\ \Xhh\; others stay as they are."""
    mark = delimiters[3]
    if mark not in text:
        return text
    parts = text.split(mark)
    made, place = [parts[0]], 1
    while place < len(parts):
        if place + 1 == len(parts):  # an escape that does not end
            made.append(mark + parts[place])
            break
        made.append(_escape(parts[place], delimiters))
        made.append(parts[place + 1])
        place += 2
    return "".join(made)


def _escape(name: str, delimiters: str) -> str:
    if name in _LETTERS:
        return delimiters[_LETTERS[name]]
    if name[:1] == "X" and _HEX.fullmatch(name[1:]):
        return bytes.fromhex(name[1:]).decode("utf-8", "replace")
    return delimiters[3] + name + delimiters[3]
