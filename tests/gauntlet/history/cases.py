"""Makers of histories for tests: a row of operations in a line each, and a store that does everything right."""

from __future__ import annotations

from gauntlet.history.operation import Held, History, Kind, Operation, Status


def history(rows, held=()):
    """Return a history; a row is (kind, record, value, status[, based_on[, started, ended]])."""
    operations = []
    for number, row in enumerate(rows):
        kind, record, value, status, *rest = row
        based_on = rest[0] if rest else ""
        started, ended = rest[1:] if len(rest) == 3 else (number * 10.0, number * 10.0 + 5)
        operations.append(
            Operation(number, f"c{number % 3}", Kind(kind), record, value, Status(status), started, ended, based_on)
        )
    return History(1, tuple(operations), tuple(Held(*item) for item in held))
