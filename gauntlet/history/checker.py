"""The judge: does what the EHR holds in the end agree with what the clients were told? A pure function.

Acknowledged writes have taken effect exactly once, refused ones never, unknown ones at most once, and no acknowledged
update is lost. Updates are conditional, so the writes of a record that took effect form one chain from its create to
its last value, each based on the one before; what was acknowledged and is not on that chain has been lost. Source:
compare-and-set registers with unique values, as in Jepsen's checkers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gauntlet.history.operation import Held, History, Kind, Operation, Status


@dataclass(frozen=True, slots=True)
class Violation:
    """One disagreement: its kind, the record it is about, and a sentence."""

    kind: str
    record: str
    text: str


def violations(history: History) -> list[Violation]:
    """Return every disagreement, record by record in the order of first mention. Raises ValueError.

    ValueError says that the history itself is unsound (a value written twice, two creates of one record), which is a
    mistake of whoever recorded it.
    """
    _require_sound(history.operations)
    operations: dict[str, list[Operation]] = defaultdict(list)
    held: dict[str, list[Held]] = defaultdict(list)
    for operation in history.operations:
        operations[operation.record].append(operation)
    for item in history.held:
        held[item.record].append(item)
    names = dict.fromkeys([*operations, *held])
    return [found for name in names for found in _of_record(name, operations.get(name, []), held.get(name, []))]


def _require_sound(operations: Iterable[Operation]) -> None:
    items = list(operations)
    for what, counted in (
        ("value", Counter(item.value for item in items)),
        ("create of", Counter(item.record for item in items if item.kind is Kind.CREATE)),
    ):
        twice = [name for name, count in counted.items() if count > 1]
        if twice:
            raise ValueError(f"the history is unsound: {what} {twice[0]!r} occurs {counted[twice[0]]} times")


def _of_record(name: str, operations: Sequence[Operation], held: Sequence[Held]) -> list[Violation]:
    if not operations:
        return [Violation("stranger", name, f"the EHR holds {held[0].id}, which nobody has written")]
    if len(held) > 1:
        ids = ", ".join(item.id for item in held)
        return [Violation("duplicate", name, f"one create has left {len(held)} records: {ids}")]
    create = next((item for item in operations if item.kind is Kind.CREATE), None)
    found = _misnamed(create, held) if create else []
    ends = [held[0].value] if held else _deletions(operations)
    if not ends:
        return found + [
            Violation("lost", name, f"acknowledged and not there: {item.told()}")
            for item in operations
            if item.status is Status.OK
        ]
    chains = [_of_chain(name, end, operations) for end in ends]
    return found + min(chains, key=len)


def _misnamed(create: Operation, held: Sequence[Held]) -> list[Violation]:
    """Return the violation that an acknowledged create was told another id than the record has."""
    if create.status is not Status.OK or not held or create.location in ("", held[0].id):
        return []
    return [Violation("misnamed", create.record, f"told {create.location}, the record is {held[0].id}")]


def _deletions(operations: Sequence[Operation]) -> list[str]:
    """Return the values of deletes that may have taken effect."""
    return [item.value for item in operations if item.kind is Kind.DELETE and item.status is not Status.FAIL]


def _of_chain(name: str, end: str, operations: Sequence[Operation]) -> list[Violation]:
    """Return what is wrong when the record ended with the value `end`."""
    by_value = {item.value: item for item in operations}
    chain: list[Operation] = []
    value = end
    while value in by_value and len(chain) < len(operations):
        chain.append(by_value[value])
        if chain[-1].kind is Kind.CREATE:
            break
        value = chain[-1].based_on
    chain.reverse()
    if not chain or chain[0].kind is not Kind.CREATE:
        return [Violation("stranger", name, f"the value {value!r} is there and nobody has written it")]
    found = [
        Violation("refused", name, f"refused and yet written: {item.told()}")
        for item in chain
        if item.status is Status.FAIL
    ]
    there = {item.number for item in chain}
    for item in operations:
        if item.status is Status.OK and item.number not in there:
            rival = next((other for other in chain if other.based_on == item.based_on and item.based_on), None)
            over = f"; {rival.told()} was based on the same" if rival else ""
            found.append(Violation("lost", name, f"acknowledged and lost: {item.told()}{over}"))
    return found + _disorder(name, chain)


def _disorder(name: str, chain: Sequence[Operation]) -> list[Violation]:
    """Return the violation that a write took effect before another that had ended before it began."""
    earliest = float("inf")
    for item in reversed(chain):
        if earliest < item.started:
            return [Violation("disorder", name, f"took effect before a write that had ended before: {item.told()}")]
        if item.status is Status.OK:
            earliest = min(earliest, item.ended)
    return []
