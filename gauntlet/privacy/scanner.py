"""Searching logs of any size for what charts say, in one pass over blocks of lines.

A value is known by its anchors: one piece of it, in a few shapes. All anchors are looked for at once (Aho-Corasick), in
each block once its line ends are left out, and only where one is met is the whole value looked for.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ahocorasick_rs import BytesAhoCorasick

from gauntlet.privacy.anchors import anchors_of
from gauntlet.privacy.lines import Joined, continues
from gauntlet.privacy.spellings import Digest, Spelling, spellings_of, token_spelling
from gauntlet.privacy.words import folded, url_decoded, with_blanks
from synthetic.population import Chart

_BLOCK = 1024 * 1024
_OVERLAP = 4096  # of the block before: a value may lie across the border


@dataclass(frozen=True, slots=True)
class Leak:
    """Something of a chart that was found: kind of value, how it is spelled. The value itself is not repeated."""

    kind: str
    how: str

    def __str__(self) -> str:
        return f"{self.kind} ({self.how})"


class Scanner:
    """Knows every spelling of what `charts` and `tokens` say."""

    def __init__(self, charts: Iterable[Chart], bearer_tokens: Iterable[str] = ()) -> None:
        known = [*dict.fromkeys(item for chart in charts for item in spellings_of(chart))]
        known += [token_spelling(token) for token in bearer_tokens]
        anchors = anchors_of(known)
        self._anchored = list(anchors.values())
        self._automaton = BytesAhoCorasick(list(anchors)) if anchors else None

    def scan(self, stream: BinaryIO, block_bytes: int = _BLOCK) -> set[Leak]:
        """Return what `stream` holds of the charts, reading it once."""
        found: set[Leak] = set()
        tail = b""
        while block := stream.read(block_bytes):
            block = tail + block + stream.readline()
            found |= self._found(block)
            tail = block[-_OVERLAP:]
        return found

    def found_in(self, text: str) -> set[Leak]:
        """Return what `text` holds of the charts."""
        return self.scan(io.BytesIO(text.encode("utf-8", "replace")))

    def _found(self, block: bytes) -> set[Leak]:
        text = folded(block)
        asked: set[Spelling] = set()
        found: set[Leak] = set()
        for part in (text, folded(url_decoded(block, b"%")) if b"%" in block else b""):
            for item in self._met(Joined(part)):
                if isinstance(item, Digest):
                    found.add(Leak(item.kind, "hashed"))
                else:
                    asked.add(item)
        intact = {item for item in asked if _stands(item, block if item.exact else text)}
        found |= {Leak(item.kind, item.how) for item in intact}
        return found | set(_disguised(asked - intact, block, text)) if asked - intact else found

    def _met(self, lines: Joined) -> Iterator[Spelling | Digest]:
        """Yield the values that may stand there: their anchors do, and whatever else of them."""
        if self._automaton is None or not lines.text:
            return
        done: set[int] = set()
        for number, start, end in self._automaton.find_matches_as_indexes(lines.text, overlapping=True):
            if number not in done:
                met = [one.item for one in self._anchored[number] if one.may_stand(lines, start, end)]
                if len(met) == len(self._anchored[number]):
                    done.add(number)
                yield from met


def found_in(text: str, chart: Chart) -> list[str]:
    """Return what of `chart` stands in `text`, as kinds with the spelling.

    Spellings are plain (in any case), digits only, escaped for JSON or HTML, URL-encoded, base64, hashed without a key
    (MD5, SHA-1, SHA-2), and split over lines.
    """
    return sorted(str(leak) for leak in Scanner([chart]).found_in(text))


def _disguised(items: set[Spelling], block: bytes, text: bytes) -> Iterator[Leak]:
    """Yield those of `items` that stand in the text once its URL-encoding or its line ends are undone."""
    decoded = url_decoded(block, b"%+")
    exact = _Searched(decoded), _Searched(block)
    in_folded_case = _Searched(folded(decoded)), _Searched(text)
    for item in items:
        in_urls, in_lines = exact if item.exact else in_folded_case
        if in_urls.holds(item):
            yield Leak(item.kind, "URL-encoded")
        if in_lines.holds_split(item):
            yield Leak(item.kind, "split over lines")


class _Searched:
    """A text as it is, and with its line ends left out or replaced by blanks."""

    def __init__(self, text: bytes) -> None:
        self._text, self._lines, self._blanks = text, Joined(text), with_blanks(text)

    def holds(self, item: Spelling) -> bool:
        return _stands(item, self._text) or self.holds_split(item)

    def holds_split(self, item: Spelling) -> bool:
        return self._lines.holds(item.literal, item.alone) or _stands(item, self._blanks)


def _stands(item: Spelling, text: bytes) -> bool:
    """Return whether the value stands in `text`; one that is to be `alone` not inside a longer word or number."""
    literal = item.literal
    at = text.find(literal)
    while at >= 0 and item.alone:
        before, after = text[max(at - 1, 0) : at], text[at + len(literal) : at + len(literal) + 1]
        if not (continues(literal[:1], before) or continues(literal[-1:], after)):
            return True
        at = text.find(literal, at + 1)
    return at >= 0
