"""`gauntlet compare`: two runs side by side, their checks, their profiles and their load."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gauntlet.commands.results_file import read_results
from gauntlet.comparison import NEVER, RECOVERY_S, Comparison, compare_loads
from gauntlet.errors import UsageError
from gauntlet.load.traffic import CLASSES
from gauntlet.result import RunResult
from gauntlet.run_comparison import ABSENT, Difference, RunComparison
from gauntlet.run_comparison import compare_runs as compare_results
from gauntlet.verdict import ExitCode

_MOST_ROWS = 60
_ALWAYS = ("all", *(f"traffic {name}" for name in CLASSES))  # others are shown when they are worse
_SIGNS = {"worse": "[red]worse[/]", "better": "[green]better[/]"}


def compare_runs(before: Path, after: Path, tolerance: float, console: Console) -> int:
    """Print what changed and return the exit code. Raises UsageError for what is no result of a run."""
    old, new = read_results(before), read_results(after)
    if not (old.checks or old.load) or not (new.checks or new.load):
        raise UsageError("a run without any result cannot be compared", hint="give a run's folder, such as out/latest")
    _say(console, f"before  {_named(old)}")
    _say(console, f"after   {_named(new)}")
    checks, load = compare_results(old, new), compare_loads(old.load, new.load, tolerance)
    _tell_checks(checks, console)
    if old.load or new.load:
        _tell_load(load, console)
    if checks.worse or load.worse:
        return ExitCode.NON_CONFORMANT
    return ExitCode.INCONCLUSIVE if load.doubts or not checks.shared else ExitCode.CONFORMANT


def _named(run: RunResult) -> str:
    gateway = " ".join(filter(None, (run.target.name, run.target.version)))
    return f"{gateway}, {run.outcome.value}, {len(run.checks)} checks, {run.started}, suite {run.suite_version}"


def _tell_checks(found: RunComparison, console: Console) -> None:
    for doubt in found.doubts:
        _say(console, f"note: {doubt}")
    if found.profiles:
        console.print(_differences("profile", found.profiles))
    order = sorted(
        (item for item in found.checks if ABSENT not in (item.before, item.after)),
        key=lambda item: (item.trend != "worse", item.trend, item.requirement),
    )
    if order:
        console.print(_differences("check", order[:_MOST_ROWS]))
        if len(order) > _MOST_ROWS:
            _say(console, f"and {len(order) - _MOST_ROWS} more checks")
    for which, only in (("first", "after"), ("second", "before")):
        if count := sum(getattr(item, only) == ABSENT for item in found.checks):
            _say(console, f"{count} checks are in the {which} run alone")
    worse = sum(item.trend == "worse" for item in found.checks)
    better = sum(item.trend == "better" for item in found.checks)
    _say(console, f"{worse} of {found.shared} checks that both have are worse, {better} are better")


def _differences(kind: str, rows: Sequence[Difference]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("", kind, "before", "after", ""):
        table.add_column(name, overflow="fold")
    for item in rows:
        table.add_row(item.requirement, escape(item.name), item.before, item.after, _SIGNS.get(item.trend, ""))
    return table


def _tell_load(comparison: Comparison, console: Console) -> None:
    console.print(_table(comparison))
    for doubt in comparison.doubts:
        _say(console, f"not compared: {doubt}")
    console.print(f"{len(comparison.worse)} of {len(comparison.changes)} figures are worse", highlight=False)


def _table(comparison: Comparison) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("profile", "endpoint", "figure"):
        table.add_column(name, no_wrap=True)
    for name in ("before", "after", ""):
        table.add_column(name, justify="right", no_wrap=True)
    for change in comparison.changes:
        if change.endpoint in _ALWAYS or change.worse or change.figure == RECOVERY_S:
            sign = "[red]worse[/]" if change.worse else change.note
            figures = (_figure(change.before), _figure(change.after))
            table.add_row(change.profile, change.endpoint, change.figure, *figures, sign)
    return table


def _figure(value: float) -> str:
    return "never" if value == NEVER else f"{value:.4g}"


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
