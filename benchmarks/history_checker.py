"""Speed of the judge of histories: 10,000 operations, on many records and all on one.

    .venv/bin/python benchmarks/history_checker.py [--operations 10000] [--rounds 5]

Prints the median wall-clock seconds of a sound history and of a bad one with its shrinking.
"""

import argparse
import statistics
import time
from dataclasses import replace

from gauntlet.history.checker import violations
from gauntlet.history.operation import Held, History, Kind, Operation, Status
from gauntlet.history.shrink import shrunk


def sound(operations: int, records: int) -> History:
    done, state = [], {}
    for number in range(operations):
        record = f"r{number % records}"
        seen, value = state.get(record, ""), f"v{number}"
        kind = Kind.UPDATE if seen else Kind.CREATE
        status = Status.UNKNOWN if number % 7 == 3 else Status.OK
        done.append(Operation(number, f"c{number % 8}", kind, record, value, status, number, number + 0.5, seen))
        state[record] = value
    return History(0, tuple(done), tuple(Held(f"id-{name}", name, value) for name, value in state.items()))


def bad(history: History) -> History:
    """Let the last acknowledged update but one of a record be lost."""
    last = [item for item in history.operations if item.record == history.operations[0].record][-1]
    forked = replace(last, number=len(history.operations), value="fork", status=Status.OK)
    return History(0, (*history.operations, forked), history.held)


def judged(history: History) -> None:
    for violation in violations(history)[:1]:
        shrunk(history, violation)


def seconds(history: History, rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        judged(history)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--operations", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    for records in (2_000, 100, 1):
        history = sound(options.operations, records)
        print(
            f"{options.operations} operations on {records} records: sound {seconds(history, options.rounds):.3f} s, "
            f"bad and shrunk {seconds(bad(history), options.rounds):.3f} s"
        )


if __name__ == "__main__":
    main()
