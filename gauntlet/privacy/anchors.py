"""What of each value is looked for first: one piece of it, in every shape that line ends and URL-encoding give it.

Pieces are chosen so that ordinary logs hold next to none of them: what is met in vain costs time. A value of one word
is looked for as a whole; of several words, two neighbours are; of a text in base64, the part that begins most unlike
words and numbers, so that the search turns back early nearly everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gauntlet.privacy.lines import Joined
from gauntlet.privacy.spellings import HASH_PREFIX, Digest, Spelling
from gauntlet.privacy.words import folded

_PART = 8  # characters of a base64 text or of a digest: few enough for the processor's cache, enough to be rare
_BY_FREQUENCY = b"etaoinsrhldcumfpgwybvkxjqz"  # English letters
_HEXADECIMAL = frozenset(b"0123456789abcdef")
_BLANKS = re.compile(rb"(\s+)")


@dataclass(frozen=True, slots=True)
class AnchoredWords:
    """A value of which a piece is the anchor."""

    item: Spelling

    def may_stand(self, lines: Joined, start: int, end: int) -> bool:
        """Return whether the anchor that was met from `start` to `end` is of this value."""
        return not self.item.alone or lines.stands_free(start, end)


@dataclass(frozen=True, slots=True)
class AnchoredDigest:
    """A hash, of which the first digits are the anchor; what follows `HASH_PREFIX` digits may be cut off."""

    item: Digest

    def may_stand(self, lines: Joined, start: int, _end: int) -> bool:
        """Return whether a whole word from `start` on is this hash, or the beginning of it."""
        whole = self.item.hexadecimal
        runs = lines.runs(start, len(whole))
        return lines.begins_word(start) and any(len(run) >= HASH_PREFIX and whole.startswith(run) for run in runs)


Anchored = AnchoredWords | AnchoredDigest


def anchors_of(known: Iterable[Spelling | Digest]) -> dict[bytes, list[Anchored]]:
    """Return values by their anchors, in folded case."""
    found: dict[bytes, list[Anchored]] = {}
    for item in known:
        if isinstance(item, Digest):
            found.setdefault(item.hexadecimal[:_PART], []).append(AnchoredDigest(item))
        else:
            for anchor in _anchors(item):
                found.setdefault(anchor, []).append(AnchoredWords(item))
    return found


def _anchors(item: Spelling) -> set[bytes]:
    if not item.literal.strip():
        return set()
    if not item.alone:
        return {_rarest_part(folded(item.literal))}
    parts = _BLANKS.split(item.literal)  # words at even places, the blanks between them at odd ones
    if len(parts) == 1:
        return {item.literal.strip(b"+") or item.literal}
    return {one + between + other for one, blanks, other in [_longest_pair(parts)] for between in _written(blanks)}


def _longest_pair(parts: list[bytes]) -> list[bytes]:
    """Return two neighbouring words with the blanks between them."""
    return max((parts[at : at + 3] for at in range(0, len(parts) - 2, 2)), key=lambda pair: len(b"".join(pair)))


def _written(blanks: bytes) -> Iterator[bytes]:
    """Yield how blanks look in a text: as they are, as a line end that was left out, and in a URL."""
    yield from (blanks, b"", b"+" * len(blanks))


def _rarest_part(literal: bytes) -> bytes:
    """Return the part of a text in base64 whose first two characters are least to be expected in logs."""
    starts = range(max(len(literal) - _PART, 0) + 1)
    best = min(starts, key=lambda at: _frequency(literal[at]) * _frequency(literal[min(at + 1, len(literal) - 1)]))
    return literal[best : best + _PART]


def _frequency(character: int) -> int:
    """Return, roughly, how often words, numbers and hexadecimal ids hold a character."""
    letter = _BY_FREQUENCY.find(character)
    return (len(_BY_FREQUENCY) - letter if letter >= 0 else 14) + 6 * (character in _HEXADECIMAL)
