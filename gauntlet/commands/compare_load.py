"""What `gauntlet compare` says about load: percentiles of both runs in one line, and what else changed in words."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gauntlet.comparison import CAPACITY, ERRORS, NEVER, RECOVERY_S, WRONG_PATIENTS, Change, Comparison
from gauntlet.console import say

_PERCENTILES = ("p50 ms", "p95 ms", "p99 ms", "p999 ms")
_LEGEND = "ms, first run → second run; ! worse, in brackets: too few arrivals to tell"
Rows = dict[tuple[str, str], dict[str, Change]]


def tell_load(comparison: Comparison, console: Console) -> None:
    """Print a line of percentiles for each profile and what is worse in it, then all other changes."""
    rows = _rows(comparison)
    if rows:
        console.print(_table(rows))
        say(console, _LEGEND)
    for change in comparison.changes:
        if change.figure not in _PERCENTILES and _matters(change):
            say(console, _sentence(change))
    for doubt in comparison.doubts:
        say(console, f"not compared: {doubt}")
    say(console, f"of {len(comparison.changes)} figures of load {len(comparison.worse)} are worse")


def _rows(comparison: Comparison) -> Rows:
    """Return the changes by profile and subject: of all requests, and of a part that is worse or a class of traffic."""
    found: Rows = {}
    for change in comparison.changes:
        if change.figure in _PERCENTILES:
            found.setdefault((change.profile, change.endpoint), {})[change.figure] = change
    return {key: row for key, row in found.items() if _shown(key, row, found)}


def _shown(key: tuple[str, str], row: dict[str, Change], found: Rows) -> bool:
    profile, subject = key
    if subject == "all":
        return True
    if list(_figures(row)) == list(_figures(found.get((profile, "all"), {}))):
        return False  # the only part there is
    return subject.startswith("traffic ") or any(change.worse for change in row.values())


def _figures(row: dict[str, Change]) -> Iterator[tuple[float, float]]:
    for figure in _PERCENTILES:
        if figure in row:
            yield row[figure].before, row[figure].after


def _table(rows: Rows) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("load profile", overflow="fold", ratio=1)
    for name in ("p50", "p95", "p99", "p99.9"):
        table.add_column(name, justify="right", no_wrap=True)
    for (profile, subject), row in rows.items():
        name = profile if subject == "all" else f"  {subject}"
        table.add_row(escape(name), *(_cell(row[figure]) if figure in row else "" for figure in _PERCENTILES))
    return table


def _cell(change: Change) -> str:
    text = f"{_amount(change.before)} → {_amount(change.after)}"
    if change.worse:
        return f"[red]! {text}[/]"
    return f"[dim]({text})[/]" if change.note else text


def _matters(change: Change) -> bool:
    """Whether a figure has its sentence: nobody wants to read that zero stayed zero, part by part."""
    return change.worse or change.figure in (CAPACITY, RECOVERY_S) or (change.endpoint == "all" and change.after > 0)


def _sentence(change: Change) -> str:
    subject = change.profile if change.endpoint == "all" else f"{change.profile}, {change.endpoint}"
    show = _share if change.figure == ERRORS else _amount
    figure = {WRONG_PATIENTS: "answers about another patient", CAPACITY: "arrivals/s that were held"}.get(
        change.figure, change.figure
    )
    return f"{'! ' if change.worse else ''}{subject}: {figure} {show(change.before)} → {show(change.after)}"


def _share(value: float) -> str:
    return f"{100 * value:.3g} %"


def _amount(value: float) -> str:
    if value == NEVER:
        return "never"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
