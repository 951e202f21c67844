"""`gauntlet compare` of more than two runs: one table, one column a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from string import ascii_uppercase

from rich.console import Console
from rich.table import Table

from gauntlet.commands.results_file import read_results
from gauntlet.console import say
from gauntlet.errors import UsageError
from gauntlet.result import RunResult
from gauntlet.side_by_side import Row, side_by_side
from gauntlet.verdict import ExitCode


def compare_many(places: Sequence[Path], console: Console) -> int:
    """Print the table of the runs at `places` and return the exit code. Raises UsageError for what is no run."""
    runs = [read_results(place) for place in places]
    if len(runs) > len(ascii_uppercase) or not all(run.checks for run in runs):
        raise UsageError(
            f"more than two runs need checks each, and are {len(ascii_uppercase)} at most", hint="load: compare two"
        )
    found = side_by_side(runs)
    for letter, run in zip(ascii_uppercase, runs, strict=False):
        say(console, f"{letter}  {_named(run)}")
    for doubt in found.doubts:
        say(console, f"note: {doubt}")
    console.print(_table(found.rows, len(runs)))
    say(console, "pass/fail/not claimed/inconclusive, and the requirements that fail; in brackets: a SHOULD, or waived")
    return ExitCode.CONFORMANT if found.shared else ExitCode.INCONCLUSIVE


def _named(run: RunResult) -> str:
    gateway = " ".join(filter(None, (run.target.name, run.target.version)))
    return f"{gateway}, {run.outcome.value}, {len(run.checks)} checks, {run.started}, suite {run.suite_version}"


def _table(rows: Sequence[Row], columns: int) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for letter in ascii_uppercase[:columns]:
        table.add_column(letter, overflow="fold")
    for row in rows:
        if row.family:
            cells = [f"{tally} {' '.join(tally.failing)}".strip() for tally in row.tallies]
            table.add_row(f"  {row.family}", *cells)
        else:
            table.add_row(row.question, *map(str, row.tallies), style="bold")
    return table
