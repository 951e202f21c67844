"""A block of lines as one text: what was split over lines is whole again, and it is known where the lines ended."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate


class Joined:
    """The lines of `text` without line ends and indents."""

    def __init__(self, text: bytes) -> None:
        lines = list(map(bytes.strip, text.splitlines()))
        self.text = b"".join(lines)
        self._ends = list(accumulate(map(len, lines)))  # where each line ended
        self._at_an_end = set(self._ends)

    def stands_free(self, start: int, end: int) -> bool:
        """Return whether `text[start:end]` is no part of a longer word or number; what lines separated is separate."""
        text = self.text
        before, after = text[max(start - 1, 0) : start], text[end : end + 1]
        return not (
            (continues(text[start : start + 1], before) and start not in self._at_an_end)
            or (continues(text[end - 1 : end], after) and end not in self._at_an_end)
        )

    def holds(self, literal: bytes, alone: bool) -> bool:
        """Return whether `literal` stands there; one that is to be `alone` not inside a longer word or number."""
        at = self.text.find(literal)
        while at >= 0 and alone and not self.stands_free(at, at + len(literal)):
            at = self.text.find(literal, at + 1)
        return at >= 0

    def begins_word(self, start: int) -> bool:
        """Return whether no word goes on at `start`."""
        return start in self._at_an_end or not self.text[max(start - 1, 0) : start].isalnum()

    def runs(self, start: int, longest: int) -> tuple[bytes, bytes]:
        """Return the letters and digits from `start` on, `longest` at most: over line ends, and up to the next one."""
        piece = self.text[start : start + longest]
        size = next((n for n, byte in enumerate(piece) if not bytes((byte,)).isalnum()), len(piece))
        place = bisect_right(self._ends, start)
        end = self._ends[place] - start if place < len(self._ends) else size
        return piece[:size], piece[: min(size, end)]


def continues(edge: bytes, neighbour: bytes) -> bool:
    """Return whether `neighbour` belongs to the same number or word as `edge`."""
    return neighbour.isdigit() if edge.isdigit() else neighbour.isalnum()
