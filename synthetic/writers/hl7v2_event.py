"""What happened, before it is a message."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from synthetic.writers.hl7v2_encoding import Segment


class Rank(IntEnum):
    """The order of messages about the same second."""

    ARRIVAL = 0
    MERGE = 1
    UPDATE = 2
    BOOKING = 3
    CHANGE = 4
    RESULT = 5
    DEPARTURE = 6


class Event(NamedTuple):
    """A message to be: when it happened (seconds since 1970), what it is, and its segments after MSH."""

    time: int
    rank: Rank
    kind: str  # ADT^A01^ADT_A01
    segments: tuple[Segment, ...]
