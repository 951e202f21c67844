"""What of each value is looked for first: one piece without blanks, which line ends may cut but blanks cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gauntlet.privacy.lines import Joined
from gauntlet.privacy.spellings import HASH_PREFIX, Digest, Spelling
from gauntlet.privacy.words import folded, tokens, words

_LONG_WORD = 4  # shorter ones occur everywhere ...
_SHORTEST_WORD = 3  # ... and are taken where there is no longer one
_ENDING = 12  # characters of a value inside a longer token
_NUMBER = 8  # digits and dashes from which on a number is looked for as a whole


@dataclass(frozen=True, slots=True)
class AnchoredWords:
    """A value in words, of which one is the anchor; the others have to stand near by."""

    item: Spelling
    others: tuple[bytes, ...] = ()

    def may_stand(self, lines: Joined, start: int, end: int, free: bool) -> bool:
        """Return whether the anchor that was met from `start` to `end`, `free` or in another word, is of this value."""
        if self.item.alone and not free:
            return False
        size = len(self.item.literal)
        near = lines.text[max(start - size, 0) : end + size] if self.others else b""
        return all(word in near for word in self.others)


@dataclass(frozen=True, slots=True)
class AnchoredDigest:
    """A hash, of which the first digits are the anchor; the others may be cut off."""

    item: Digest

    def may_stand(self, lines: Joined, start: int, _end: int, _free: bool) -> bool:
        """Return whether a whole word from `start` on is this hash, or the beginning of it."""
        whole = self.item.hexadecimal
        runs = lines.runs(start, len(whole))
        return lines.begins_word(start) and any(len(run) >= HASH_PREFIX and whole.startswith(run) for run in runs)


Anchored = AnchoredWords | AnchoredDigest


def anchors_of(known: Iterable[Spelling | Digest]) -> dict[bytes, list[Anchored]]:
    """Return values by their anchors, in folded case."""
    found: dict[bytes, list[Anchored]] = {}
    in_words = []
    for item in known:
        if isinstance(item, Digest):
            found.setdefault(item.hexadecimal[:HASH_PREFIX], []).append(AnchoredDigest(item))
        elif not item.alone:
            found.setdefault(folded(item.literal)[-_ENDING:], []).append(AnchoredWords(item))
        elif is_number(item.literal):
            found.setdefault(item.literal.strip(b"+"), []).append(AnchoredWords(item))
        else:
            in_words.append(item)
    for anchor, anchored in _by_rarest_word(in_words):
        found.setdefault(anchor, []).append(anchored)
    return found


def _by_rarest_word(items: Iterable[Spelling]) -> Iterator[tuple[bytes, AnchoredWords]]:
    """Yield values by that of their words which fewest others have; of those the longest."""
    in_words = [(item, words(tokens(item.literal))) for item in items]
    common = Counter(word for _, parts in in_words for word in parts)
    for item, parts in in_words:
        enough = min(_LONG_WORD, max(map(len, parts), default=0))
        long = [word for word in parts if len(word) >= max(enough, _SHORTEST_WORD)]
        if long:
            best = min(long, key=lambda word: (common[word], -len(word), word))
            yield best, AnchoredWords(item, tuple(parts - {best}))
        elif parts:  # as a whole, and as it looks once a line end has taken its blanks
            yield from ((whole, AnchoredWords(item)) for whole in {item.literal, item.literal.replace(b" ", b"")})


def is_number(literal: bytes) -> bool:
    """Return whether a value is a number: a date, a record number, a phone number."""
    return len(literal) >= _NUMBER and literal[-1:].isdigit() and not literal.strip(b"+-0123456789")
