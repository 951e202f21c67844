"""From a history with a violation to the shortest part of it that still has one of that kind. Pure."""

from __future__ import annotations

from gauntlet.history.checker import Violation, violations
from gauntlet.history.operation import History

MOST_PIECES = 100  # of a record's history: where thousands of writes hang together, the last few are not worth minutes


def shrunk(history: History, violation: Violation) -> History:
    """Return the operations on the violation's record without which it would not be there, in their order.

    Operations are taken away, first by halves and in the end one by one, as long as the same kind of violation of the
    same record remains; what is left cannot lose one more.
    """
    small = history.of_record(violation.record)
    finest = max(1, len(small.operations) // MOST_PIECES)
    size = max(finest, len(small.operations) // 2)
    while True:
        before = len(small.operations)
        small = _without_pieces(small, violation, size)
        if size == finest and len(small.operations) == before:
            return small
        size = max(finest, size // 2)


def _without_pieces(history: History, violation: Violation, size: int) -> History:
    """Return the history without those pieces of `size` operations that the violation does not need."""
    start = 0
    while start < len(history.operations):
        shorter = history.only((*history.operations[:start], *history.operations[start + size :]))
        if _has(shorter, violation):
            history = shorter
        else:
            start += size
    return history


def _has(history: History, violation: Violation) -> bool:
    return any(item.kind == violation.kind for item in violations(history) if item.record == violation.record)


def told(history: History) -> str:
    """Return a history for people: each operation and each record left, one a line."""
    lines = [item.told() for item in history.operations]
    lines += [f"in the end the EHR holds {item.id}: {item.record} = {item.value}" for item in history.held]
    return "\n".join(lines) if history.held else "\n".join([*lines, "in the end the EHR holds nothing of it"])
