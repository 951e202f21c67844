"""How much of an answer arrives, and what becomes of the connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mock_ehr.behaviours.checks import check_choice, check_whole
from mock_ehr.behaviours.stage import Cut, Stage
from mock_ehr.message import Ending

MOMENTS = ("before", "amid", "after")
WAYS = {"reset": Ending.RESET, "close": Ending.CLOSE}


@dataclass(frozen=True, slots=True)
class Stall:
    """Never answer and keep the connection.

    `when` before: the request takes no effect; after: it does, and nothing is said; amid: half of the answer.
    """

    kind: ClassVar[str] = "stall"
    stage: ClassVar[Stage] = Stage.CUT
    when: str = "before"

    def __post_init__(self) -> None:
        check_choice("when", self.when, MOMENTS)

    @property
    def processed(self) -> bool:
        """Return whether the EHR gets to process the request."""
        return self.when != "before"

    def cut(self, head: int, body: int) -> Cut:
        """Return what arrives of a message of `head` and `body` bytes."""
        return Cut(Ending.HANG, (head + body) // 2 if self.when == "amid" else 0, self.when)


@dataclass(frozen=True, slots=True)
class Drop:
    """End the connection: before processing, amid the answer, or after processing without an answer.

    `how` reset is a TCP reset, close an orderly end.
    """

    kind: ClassVar[str] = "drop"
    stage: ClassVar[Stage] = Stage.CUT
    when: str = "before"
    how: str = "reset"

    def __post_init__(self) -> None:
        check_choice("when", self.when, MOMENTS)
        check_choice("how", self.how, tuple(WAYS))

    @property
    def processed(self) -> bool:
        """Return whether the EHR gets to process the request."""
        return self.when != "before"

    def cut(self, head: int, body: int) -> Cut:
        """Return what arrives of a message of `head` and `body` bytes."""
        return Cut(WAYS[self.how], (head + body) // 2 if self.when == "amid" else 0, self.when)


@dataclass(frozen=True, slots=True)
class Truncate:
    """Send the full Content-Length and only `bytes` bytes of the body, then close or reset."""

    kind: ClassVar[str] = "truncate"
    stage: ClassVar[Stage] = Stage.CUT
    processed: ClassVar[bool] = True
    bytes: int
    how: str = "close"

    def __post_init__(self) -> None:
        check_whole("bytes", self.bytes, 0, 1 << 30)
        check_choice("how", self.how, tuple(WAYS))

    def cut(self, head: int, body: int) -> Cut:
        """Return what arrives of a message of `head` and `body` bytes."""
        kept = min(self.bytes, body)
        return Cut(WAYS[self.how], head + kept, f"{kept} of {body} bytes")
