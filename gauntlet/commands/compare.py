"""`gauntlet compare`: two runs side by side, their checks, their profiles and their load."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gauntlet.commands.compare_load import tell_load
from gauntlet.commands.results_file import read_results
from gauntlet.comparison import compare_loads
from gauntlet.console import say
from gauntlet.errors import UsageError
from gauntlet.result import RunResult
from gauntlet.run_comparison import ABSENT, Difference, RunComparison
from gauntlet.run_comparison import compare_runs as compare_results
from gauntlet.verdict import ExitCode
from reports.words import counted

_MOST_ROWS = 60
_MOST_NAMED = 5
_SIGNS = {"worse": "[red]worse[/]", "better": "[green]better[/]"}


def compare_runs(before: Path, after: Path, tolerance: float, console: Console) -> int:
    """Print what changed and return the exit code. Raises UsageError for what is no result of a run."""
    old, new = read_results(before), read_results(after)
    if not (old.checks or old.load) or not (new.checks or new.load):
        raise UsageError("a run without any result cannot be compared", hint="give a run's folder, such as out/latest")
    say(console, f"before  {_named(old)}")
    say(console, f"after   {_named(new)}")
    checks, load = compare_results(old, new), compare_loads(old.load, new.load, tolerance)
    _tell_checks(checks, console)
    if old.load or new.load:
        tell_load(load, console)
    if checks.worse or load.worse:
        return ExitCode.NON_CONFORMANT
    return ExitCode.INCONCLUSIVE if load.doubts or not checks.shared else ExitCode.CONFORMANT


def _named(run: RunResult) -> str:
    gateway = " ".join(filter(None, (run.target.name, run.target.version)))
    return f"{gateway}, {run.outcome.value}, {len(run.checks)} checks, {run.started}, suite {run.suite_version}"


def _tell_checks(found: RunComparison, console: Console) -> None:
    for doubt in found.doubts:
        say(console, f"note: {doubt}")
    if found.profiles:
        console.print(_differences("profile", found.profiles))
    order = sorted(
        (item for item in found.checks if ABSENT not in (item.before, item.after)),
        key=lambda item: (item.trend != "worse", item.trend, item.requirement),
    )
    if order:
        console.print(_differences("check", order[:_MOST_ROWS]))
        if len(order) > _MOST_ROWS:
            say(console, f"and {len(order) - _MOST_ROWS} more checks")
    for which, only in (("first", "after"), ("second", "before")):
        alone = [f"{item.requirement} {item.name}" for item in found.checks if getattr(item, only) == ABSENT]
        if alone:
            say(console, f"only in the {which} run: {', '.join(alone) if len(alone) <= _MOST_NAMED else len(alone)}")
    worse = sum(item.trend == "worse" for item in found.checks)
    better = sum(item.trend == "better" for item in found.checks)
    say(console, f"of {counted(found.shared, 'check')} in both runs {worse} are worse, {better} better")


def _differences(kind: str, rows: Sequence[Difference]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("", kind, "before", "after", ""):
        table.add_column(name, overflow="fold")
    for item in rows:
        table.add_row(item.requirement, escape(item.name), item.before, item.after, _SIGNS.get(item.trend, ""))
    return table
