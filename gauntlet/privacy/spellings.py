"""The ways in which a value of a chart may be written where it leaks. URL-encoding is undone in the text instead."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from synthetic.population import Chart, Phi

_SHORTEST = 4
_SHORTEST_NAME = 5  # shorter names occur by chance in any log ("Li", "Al"); full names cover them
# Names that any log may hold as words or product names; the full name and everything else of the chart cover them.
_ALSO_WORDS = """
angel april austin baker banks berry bishop black booker bridges brooks brown cannon carpenter chambers chandler
chase church colon cooper corona cross crystal curry destiny diamond dylan english faith fields fisher foster frank
golden grant green gross harper heath holland house hudson hunter israel jackson jasmine jason jenkins jersey jordan
julia knight lance little logan marks mason miles miller mills misty morse oscar parker pascal penny porter potter
powers price quinn raven rivers robin roman savage sharp shields short sierra small stark stone strong summers
tanner taylor travis trinidad turner tyler valentine victor virginia walker washington weaver webster wells wheeler
white winters woods wright young
"""
_COMPACT = frozenset({"phone", "ssn", "birth-date"})  # numbers that are also written without their separators
_LONG_ENOUGH_INSIDE = 8  # bytes a value needs to be looked for in the middle of a base64 text
_SHORTEST_SENTENCE = 24  # of a note: a part of it is a leak, too
_HASHES = ("md5", "sha1", "sha256", "sha512")
HASH_PREFIX = 12  # hex digits by which a digest is recognised, also when it was cut
_HASH_IN_BASE64 = 20


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to write a value. `literal` is in folded case unless it is `exact`; `alone`: as a word of its own."""

    kind: str
    how: str
    literal: bytes
    exact: bool = False
    alone: bool = True


@dataclass(frozen=True, slots=True)
class Digest:
    """A value hashed without a key: hexadecimal digits in lower case."""

    kind: str
    hexadecimal: bytes


def spellings_of(chart: Chart) -> Iterator[Spelling | Digest]:
    """Yield every way in which something of `chart` may be written."""
    for phi in telling(chart):
        yield from _spellings(phi)
        if phi.kind != "note":
            yield from _hashed(phi)


def telling(chart: Chart) -> Iterator[Phi]:
    """Yield what tells who the patient is: values that no log holds by chance, notes sentence by sentence."""
    for phi in chart.phi():
        if phi.kind == "note":
            yield phi
            sentences = re.split(r"(?<=[.;:])\s+", phi.text)
            yield from (Phi("note", part) for part in sentences if len(part) >= _SHORTEST_SENTENCE)
        elif len(phi.text) >= (_SHORTEST_NAME if phi.kind == "name" else _SHORTEST) and not (
            phi.kind == "name" and _also_a_word(phi.text)
        ):
            yield phi


def _also_a_word(name: str) -> bool:
    return name.casefold() in _ALSO_WORDS.split()


def token_spelling(token: str) -> Spelling:
    """Return how a bearer token is recognised: by its last part, the signature of a JSON Web Token."""
    return Spelling("token", "plain", token.rpartition(".")[2][:40].encode(), exact=True, alone=False)


def _spellings(phi: Phi) -> Iterator[Spelling]:
    value = phi.text
    yield Spelling(phi.kind, "plain", _folded(value))
    if phi.kind in _COMPACT:
        yield Spelling(phi.kind, "digits", re.sub(r"\D", "", value).encode())
    for escaped in _escaped(value) - {value}:
        yield Spelling(phi.kind, "escaped", _folded(escaped))
    for encoded in {*_base64(value.encode())}:
        yield Spelling(phi.kind, "base64", encoded.encode(), exact=True, alone=False)


def _folded(value: str) -> bytes:
    return value.casefold().encode("utf-8", "replace")


def _escaped(value: str) -> set[str]:
    return {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], html.escape(value)}


def _base64(value: bytes) -> Iterator[str]:
    """Yield how `value` looks in base64, at the beginning of a text and, when it is long enough, inside one."""
    for before in range(3 if len(value) >= _LONG_ENOUGH_INSIDE else 1):
        whole = base64.b64encode(bytes(before) + value).decode()
        first = -(-before * 8 // 6)  # characters that also hold bits of what stands before
        inside = len(value) >= _LONG_ENOUGH_INSIDE  # else it is found at the end of a text only
        last = (before + len(value)) * 8 // 6 if inside else len(whole.rstrip("="))
        yield whole[first:last]
        yield whole[first:last].replace("+", "-").replace("/", "_")


def _hashed(phi: Phi) -> Iterator[Spelling | Digest]:
    forms = {phi.text, phi.text.lower(), phi.text.upper(), *([re.sub(r"\D", "", phi.text)] if _numeric(phi) else [])}
    for form in forms:
        for name in _HASHES:
            digest = hashlib.new(name, form.encode(), usedforsecurity=False)
            yield Digest(phi.kind, digest.hexdigest().encode())
            encoded = base64.b64encode(digest.digest()).decode()[:_HASH_IN_BASE64]
            for text in {encoded, encoded.replace("+", "-").replace("/", "_")}:
                yield Spelling(phi.kind, "hashed", text.encode(), exact=True, alone=False)


def _numeric(phi: Phi) -> bool:
    return phi.kind in _COMPACT
