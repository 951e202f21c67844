"""`gauntlet compare`: two runs with load side by side."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from gauntlet.comparison import Comparison, compare_loads
from gauntlet.errors import UsageError
from gauntlet.result import LoadResult, from_json
from gauntlet.verdict import ExitCode

_HINT = "give a run's folder, such as out/latest"


def compare_runs(before: Path, after: Path, tolerance: float, console: Console) -> int:
    """Print what changed and return the exit code. Raises UsageError for what is no result with load."""
    comparison = compare_loads(_loads(before), _loads(after), tolerance)
    console.print(_table(comparison))
    for doubt in comparison.doubts:
        console.print(f"not compared: {doubt}", markup=False, highlight=False, soft_wrap=True)
    worse = comparison.worse
    console.print(f"{len(worse)} of {len(comparison.changes)} figures are worse", highlight=False)
    if worse:
        return ExitCode.NON_CONFORMANT
    return ExitCode.INCONCLUSIVE if comparison.doubts else ExitCode.CONFORMANT


def _loads(place: Path) -> list[LoadResult]:
    path = place / "results.json" if place.is_dir() else place
    try:
        loads = from_json(path.read_bytes()).load
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", hint=_HINT) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(f"{path} is no results.json of this version", hint=_HINT) from None
    if not loads:
        raise UsageError(f"{path} holds no load result", hint="`gauntlet load TARGET` makes one")
    return loads


def _table(comparison: Comparison) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("profile", "endpoint", "figure"):
        table.add_column(name, no_wrap=True)
    for name in ("before", "after", ""):
        table.add_column(name, justify="right", no_wrap=True)
    for change in comparison.changes:
        if change.endpoint == "all" or change.worse:
            sign = "[red]worse[/]" if change.worse else ""
            figures = (f"{change.before:.4g}", f"{change.after:.4g}")
            table.add_row(change.profile, change.endpoint, change.figure, *figures, sign)
    return table
