"""What a listener puts up with: sizes and times. None of it is a vendor's figure: they are ordinary server settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any


class LimitsError(ValueError):
    """A limit that does not exist or has no sense; the message names it and what is valid."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, counts, and times in seconds.

    A request has `head_s` from its first byte to the end of its headers and `body_s` from there to its end: then
    it is answered with 408. `idle_s` is how long a connection may stay without a request, `unread_s` how long a
    client may leave an answer unread; both end in silence. `linger_s` is how long input is read and thrown away
    after a refusal, so that the client sees the answer before a reset. Times hold to within a quarter.
    """

    head: int = 32 * 1024
    headers: int = 100
    url: int = 8 * 1024
    body: int = 4 * 1024 * 1024
    queued: int = 64  # pipelined requests that wait before reading pauses
    head_s: float = 30.0
    body_s: float = 60.0
    idle_s: float = 300.0
    unread_s: float = 60.0
    linger_s: float = 1.0
    handshake_s: float = 10.0

    @property
    def sweep_s(self) -> float:
        """Return how often connections are looked at."""
        return min(self.head_s, self.body_s, self.idle_s, self.unread_s) / 4


def parse_limits(raw: Mapping[str, Any]) -> Limits:
    """Return the limits with what `raw` changes. Raises LimitsError."""
    known = {spec.name: spec.type for spec in fields(Limits)}
    for name, value in raw.items():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise LimitsError(f"unknown limit {name!r}{hint}; valid: {', '.join(known)}")
        whole = known[name] == "int"
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or not 0 < value <= 1 << 40:
            raise LimitsError(f"limit {name} is {value!r}; it is a {'whole ' if whole else ''}number above 0")
    return Limits(**raw)
