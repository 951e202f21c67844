"""Searching logs of any size for what charts say, in one pass over blocks of lines.

A value is known by its anchor: one word or number of it, or four characters where it stands inside a longer token
(base64). What a block is cut into is looked up in the tables of anchors, and only where one is met is the whole value
looked for.
"""

from __future__ import annotations

import io
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from gauntlet.privacy.spellings import HASH_PREFIX, Digest, Spelling, spellings_of, token_spelling
from gauntlet.privacy.words import broken, folded, joined, numbers, pieces, tokens, url_decoded, words
from synthetic.population import Chart

_BLOCK = 1024 * 1024
_OVERLAP = 4096  # of the block before: a value may lie across the border
_PIECE = 4  # tokens are cut into pieces this long; a value of twice that holds a whole one, wherever it stands
_ENDING = 7  # characters of a value inside a token that are looked for first; the others may be on the line before
_LONG = 8  # no shorter token is cut
_DATE = 10  # characters of a date: a longer run of digits and dashes may hold another number

Table = dict[bytes, list[tuple[set[bytes], Spelling]]]  # anchor -> all words of a value, and the value


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
        self._digests = {item.hexadecimal[:HASH_PREFIX]: item for item in known if isinstance(item, Digest)}
        spellings = [item for item in known if isinstance(item, Spelling)]
        self._inside: dict[int, list[tuple[bytes, Spelling]]] = {}
        for item in spellings:
            if not item.alone:
                ending = folded(item.literal)[-_ENDING:]
                for piece in _windows(ending):
                    self._inside.setdefault(piece, []).append((ending, item))
        alone = [item for item in spellings if item.alone]
        self._by_number = _table(({item.literal.strip(b"+")}, item) for item in alone if _is_number(item.literal))
        self._sizes = {len(number) for number in self._by_number}
        self._by_word = _table((words(tokens(item.literal)), item) for item in alone if not _is_number(item.literal))

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
        here = tokens(text) | broken(text)
        if b"%" in block:
            here |= tokens(folded(url_decoded(block, b"%")))
        single = words(here)
        found = set(self._digests_in(single))
        asked = {*self._candidates(here, single)}
        intact = {item for item in asked if _stands(item, block if item.exact else text)}
        found |= {Leak(item.kind, item.how) for item in intact}
        return found | set(_disguised(asked - intact, block, text)) if asked - intact else found

    def _digests_in(self, single: Collection[bytes]) -> Iterator[Leak]:
        known = self._digests
        for word in single:
            if len(word) >= HASH_PREFIX and (digest := known.get(word[:HASH_PREFIX])):
                whole = digest.hexadecimal
                if whole.startswith(word) or word.startswith(whole):
                    yield Leak(digest.kind, "hashed")

    def _candidates(self, here: set[bytes], single: set[bytes]) -> Iterator[Spelling]:
        for word in self._by_word.keys() & single:
            yield from (item for others, item in self._by_word[word] if others <= single)
        long = [token for token in here if len(token) >= _LONG]
        for run in numbers(long):
            number = run.strip(b"-")
            if number in self._by_number:
                yield from (item for _, item in self._by_number[number])
            elif len(number) > _DATE and b"-" in number:
                parts = (number[at : at + size] for size in self._sizes for at in range(len(number) - size + 1))
                yield from (item for part in parts for _, item in self._by_number.get(part, ()))
        inside, cut = self._inside, pieces(long)
        for at, piece in enumerate(memoryview(cut).cast("I")):
            if piece in inside:
                around = cut[max(_PIECE * at - _ENDING, 0) : _PIECE * at + _ENDING + _PIECE]
                yield from (item for ending, item in inside[piece] if ending in around)


def found_in(text: str, chart: Chart) -> list[str]:
    """Return what of `chart` stands in `text`, as kinds with the spelling.

    Spellings are plain (in any case), digits only, escaped for JSON or HTML, URL-encoded, base64, hashed without a key
    (MD5, SHA-1, SHA-2), and split over lines.
    """
    return sorted(str(leak) for leak in Scanner([chart]).found_in(text))


def _disguised(items: set[Spelling], block: bytes, text: bytes) -> Iterator[Leak]:
    """Yield those of `items` that stand in the text once its URL-encoding or its line ends are undone."""
    decoded = url_decoded(block, b"%+")
    versions = (
        ("URL-encoded", (decoded,), (folded(decoded),)),
        ("split over lines", joined(block), joined(text)),
    )
    for item in items:
        for how, exact, in_folded_case in versions:
            if any(_stands(item, version) for version in (exact if item.exact else in_folded_case)):
                yield Leak(item.kind, how)


def _table(known: Iterable[tuple[set[bytes], Spelling]]) -> Table:
    """Return spellings by anchor: of the words of each, the one that fewest others have, then the longest."""
    choices = [(anchors, item) for anchors, item in known if anchors]
    common = Counter(word for anchors, _ in choices for word in anchors)
    table: Table = {}
    for anchors, item in choices:
        best = min(anchors, key=lambda word: (common[word], -len(word), word))
        table.setdefault(best, []).append((anchors, item))
    return table


def _is_number(literal: bytes) -> bool:
    return len(literal) >= _LONG and literal[-1:].isdigit() and not literal.strip(b"+-0123456789")


def _windows(literal: bytes) -> set[int]:
    """Return what a token that holds `literal` may be cut into where the literal stands."""
    starts = range(min(_PIECE, len(literal) - _PIECE + 1))
    return {int.from_bytes(literal[at : at + _PIECE], sys.byteorder) for at in starts}


def _stands(item: Spelling, text: bytes) -> bool:
    """Return whether the value stands in `text`; one that is to be `alone` not inside a longer word or number."""
    literal = item.literal
    at = text.find(literal)
    while at >= 0 and item.alone:
        before, after = text[max(at - 1, 0) : at], text[at + len(literal) : at + len(literal) + 1]
        if not (_continues(literal[:1], before) or _continues(literal[-1:], after)):
            return True
        at = text.find(literal, at + 1)
    return at >= 0


def _continues(edge: bytes, neighbour: bytes) -> bool:
    return neighbour.isdigit() if edge.isdigit() else neighbour.isalnum()
