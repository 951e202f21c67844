"""Rules of the bytes: RFC 8259 JSON in UTF-8, each name once, one object, no NUL (FHIR R4, datatypes, string).

They come before the R4 rules, which see parsed JSON only. Python's own parser lets a byte order mark, NaN and
repeated names pass.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from synthetic.r4.problem import Problem

DEEPEST = 200  # objects and lists within each other; FHIR has no limit, parsers do
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


class _BrokenRule(ValueError):
    """A rule broken while parsing."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


def wire_problems(data: bytes) -> list[Problem]:
    """List what keeps bytes from being the JSON of one resource; an empty list means that they can be parsed.

    Rules: bom, encoding, depth, control-character, constant, duplicate-name, syntax, shape, nul, surrogate.
    """
    try:
        body = parsed(data)
        if isinstance(body, dict) and b"\\u" not in data:  # only an escape can bring in what text_problems looks for
            return []
        return [Problem("", rule, message) for rule, message in text_problems(body)]
    except _BrokenRule as error:
        return [Problem("", error.rule, str(error))]


def parsed(data: bytes) -> Any:
    """Parse strictly. Raises ValueError with the rule that is broken."""
    if data.startswith(b"\xef\xbb\xbf"):
        raise _BrokenRule("bom", "begins with a byte order mark; RFC 8259 forbids adding one")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _BrokenRule("encoding", f"not UTF-8 at byte {error.start}") from error
    if deeper_than(DEEPEST, data):
        raise _BrokenRule("depth", f"nested more than {DEEPEST} deep")
    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=no_constant)
    except json.JSONDecodeError as error:
        rule = "control-character" if "control character" in error.msg else "syntax"
        raise _BrokenRule(rule, f"{error.msg} at character {error.pos}") from error


def deeper_than(limit: int, data: bytes) -> bool:
    """Whether objects and lists are nested deeper than a limit."""
    if data.count(b"{") + data.count(b"[") <= limit:
        return False
    depth = 0
    for bracket in re.findall(rb"[{}\[\]]", _STRING.sub(b"", data)):
        depth += 1 if bracket in b"{[" else -1
        if depth > limit:
            return True
    return False


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of its members. Raises ValueError when a name comes twice."""
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            raise _BrokenRule("duplicate-name", f"{name!r} is given twice in one object")
        made[name] = value
    return made


def no_constant(name: str) -> None:
    """Raise ValueError: NaN and Infinity are not JSON."""
    raise _BrokenRule("constant", f"{name} is not JSON")


def text_problems(body: Any) -> Iterator[tuple[str, str]]:
    """What is wrong with the whole and with its texts."""
    if not isinstance(body, dict):
        yield "shape", f"a resource is one JSON object, this is a {type(body).__name__}"
    for text in texts(body):
        if "\0" in text:
            yield "nul", "a text has the character U+0000, which FHIR forbids"
        if _SURROGATE.search(text):
            yield "surrogate", "a text has half of a surrogate pair, which no UTF-8 can carry"


def texts(value: Any) -> Iterator[str]:
    """Every text in a value, names of members included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
