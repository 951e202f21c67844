"""Looking for patient data where it must not be, by what the charts really say."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import urllib.parse
from collections.abc import Collection, Iterator

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
_WORD = re.compile(r"[A-Za-z0-9._~+/=-]{16,}")


def _also_a_word(name: str) -> bool:
    return name.casefold() in _ALSO_WORDS.split()


def found_in(text: str, chart: Chart) -> list[str]:
    """Return what of `chart` stands in `text`, as kinds with the spelling.

    Spellings are plain (in any case), digits only, escaped for JSON or HTML, URL-encoded and base64.
    """
    folded = text.casefold()
    return sorted({f"{phi.kind} ({how})" for phi in _telling(chart) for how in _spellings_found(phi, text, folded)})


def _telling(chart: Chart) -> Iterator[Phi]:
    for phi in chart.phi():
        shortest = _SHORTEST_NAME if phi.kind == "name" else _SHORTEST
        if len(phi.text) >= shortest and not (phi.kind == "name" and _also_a_word(phi.text)):
            yield phi


def _spellings_found(phi: Phi, text: str, folded: str) -> Iterator[str]:
    value = phi.text
    if _as_word(value.casefold(), folded):
        yield "plain"
    if phi.kind in _COMPACT and _as_word(re.sub(r"\D", "", value), folded):
        yield "digits"
    if any(_as_word(item.casefold(), folded) for item in _escaped(value) - {value}):
        yield "escaped"
    for encoded in {urllib.parse.quote(value, safe=""), urllib.parse.quote_plus(value)} - {value}:
        if encoded.casefold() in folded:
            yield "URL-encoded"
    if any(item in text for item in _base64(value.encode())):
        yield "base64"


def _escaped(value: str) -> set[str]:
    return {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], html.escape(value)}


def _base64(value: bytes) -> Iterator[str]:
    """Yield how `value` looks in base64, at the beginning of a text and, when it is long enough, inside one."""
    for before in range(3 if len(value) >= _LONG_ENOUGH_INSIDE else 1):
        whole = base64.b64encode(bytes(before) + value).decode()
        first = -(-before * 8 // 6)  # characters that also hold bits of what stands before
        last = (before + len(value)) * 8 // 6 if before else len(whole.rstrip("="))
        yield whole[first:last]
        yield whole[first:last].replace("+", "-").replace("/", "_")


def _as_word(value: str, text: str) -> bool:
    """Return whether `value` stands in `text` by itself, not inside a longer word or number."""
    at = text.find(value)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(value) : at + len(value) + 1]
        if not (_continues(value[0], before) or _continues(value[-1], after)):
            return True
        at = text.find(value, at + 1)
    return False


def _continues(edge: str, neighbour: str) -> bool:
    return neighbour.isdigit() if edge.isdigit() else neighbour.isalnum()


def fingerprint(token: str) -> str:
    """Return the fingerprint by which the mock EHR's journal names a bearer token: 16 hex digits of SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def holds_token(text: str, fingerprints: Collection[str]) -> bool:
    """Return whether a word of `text` is a token with one of the `fingerprints`, also as `name=token` or in a path."""
    return any(fingerprint(piece) in fingerprints for word in _WORD.findall(text) for piece in _pieces(word))


def _pieces(word: str) -> set[str]:
    parts = {word, *word.split("="), *re.split("[=/]", word)}
    return parts | {part.strip(".") for part in parts}
