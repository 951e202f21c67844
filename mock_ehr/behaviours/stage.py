"""When in the life of an exchange a fault acts, and what each kind of fault offers to the core."""

from __future__ import annotations

import enum
import random
from dataclasses import dataclass
from typing import ClassVar, Protocol

from mock_ehr.message import Answer, Drip, Ending, Pairs
from mock_ehr.wire import Draft


class Stage(enum.IntEnum):
    """Faults act in this order; within a stage in the order in which they were armed.

    Of CUT and FRAME only the first one armed acts, of INSTEAD too: they exclude each other.
    """

    CONNECTION = 0  # before any request: certificate, and drop or stall of whole connections
    STATE = 1  # what the EHR believes while it serves the request: token-expiry, clock
    INSTEAD = 2  # answers in the EHR's place, nothing takes effect: status, storm, html
    SOURCE = 3  # whose data, and how old: wrong-patient, stale
    CONTENT = 4  # what the answer says: drift, unit-drift, code-drift, duplicate, missing
    BYTES = 5  # how the body is encoded: corrupt, empty, charset, gzip
    HEAD = 6  # header oddities
    FRAME = 7  # wrong-length, chunking
    CUT = 8  # how much of it arrives: truncate, drop, stall
    PACE = 9  # when: delay, drip, interim


class Behaviour(Protocol):
    """One word of the fault vocabulary: a frozen dataclass that checks itself when it is made."""

    kind: ClassVar[str]
    stage: ClassVar[Stage]


class Rewrite(Behaviour, Protocol):
    """CONTENT and BYTES."""

    def rewrite(self, answer: Answer, draw: random.Random) -> Answer:
        """Return the changed answer; the same object when there was nothing to change."""


class Reshape(Behaviour, Protocol):
    """HEAD and FRAME."""

    def reshape(self, draft: Draft, draw: random.Random) -> str:
        """Change the message in place and tell what was done; "" when nothing was."""


@dataclass(frozen=True, slots=True)
class Outage:
    """An answer in the EHR's place: what the vendor's failing server says, or a finished answer."""

    status: int
    body: str
    headers: Pairs = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """How much of the message arrives and what happens to the connection then. `sent` None: all of it."""

    ending: Ending
    sent: int | None = None
    told: str = ""


@dataclass(slots=True)
class Pace:
    """When the bytes leave."""

    delay_s: float = 0.0
    interim: bytes = b""
    drip: Drip | None = None
