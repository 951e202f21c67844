"""What one client did and learned, and what the EHR holds in the end. Pure values, with a JSON form for replay.

The model is Jepsen's (https://jepsen.io/): every operation ends `ok`, `fail` or `unknown`. Each record is a register:
its create and every update write a value that no other operation of the history writes, so that the value a write was
based on (what `If-Match` stands for) says where in the record's past it belongs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What an operation does to its record."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Status(StrEnum):
    """What the client learned: it took effect, it did not, or nobody knows."""

    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Operation:
    """One write of one client; times in seconds of one clock."""

    number: int
    client: str
    kind: Kind
    record: str  # the client's own name of the record, part of what is written
    value: str  # what this write leaves behind, unique in the history
    status: Status
    started: float
    ended: float
    based_on: str = ""  # update, delete: the value the client had read and made its condition
    location: str = ""  # create: id under which the gateway says the record is

    def told(self) -> str:
        """Return the operation as a line of a report."""
        seen = f" on {self.based_on}" if self.based_on else ""
        return f"#{self.number} {self.client}: {self.kind} {self.record} = {self.value}{seen}: {self.status}"


@dataclass(frozen=True, slots=True)
class Held:
    """A record that the EHR holds in the end: its id, the client's name of it, its value."""

    id: str
    record: str
    value: str


@dataclass(frozen=True, slots=True)
class History:
    """A whole history: what was done and what is left of it. `seed` made its schedule."""

    seed: int
    operations: tuple[Operation, ...]
    held: tuple[Held, ...]

    def of_record(self, record: str) -> History:
        """Return the part about one record."""
        return History(
            self.seed,
            tuple(item for item in self.operations if item.record == record),
            tuple(item for item in self.held if item.record == record),
        )

    def only(self, operations: Sequence[Operation]) -> History:
        """Return the history with only these operations."""
        return History(self.seed, tuple(operations), self.held)

    def to_json(self) -> dict[str, Any]:
        """Return the history as JSON."""
        return asdict(self)


def history_from(content: dict[str, Any]) -> History:
    """Return what `History.to_json` made. Raises KeyError, TypeError or ValueError for anything else."""
    operations = tuple(
        Operation(**{**item, "kind": Kind(item["kind"]), "status": Status(item["status"])})
        for item in content["operations"]
    )
    return History(int(content["seed"]), operations, tuple(Held(**item) for item in content["held"]))
