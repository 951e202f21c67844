"""`gauntlet teeth`: show the matrix of defects and checks as it grows."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from gauntlet import places
from gauntlet.checklist import list_checks
from gauntlet.commands.gate import quick_selection
from gauntlet.console import say
from gauntlet.defects import list_defects
from gauntlet.errors import UsageError
from gauntlet.run import Request, new_run_dir
from gauntlet.teeth import NOBODY_ELSE, Bite, Matrix, Others, part_of, plan_of, run_teeth
from gauntlet.teeth_file import join, read_matrix, to_json, write_matrix
from gauntlet.teeth_page import MOST_BESIDES, median_besides, page, untried
from gauntlet.verdict import ExitCode, Verdict


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked for."""

    only: tuple[str, ...] = ()
    everything: bool = False  # every check meets every defect
    quick: bool = False  # the quick selection does
    shard: str | None = None
    jobs: int = 2
    out: Path = Path("out")
    as_json: bool = False

    @property
    def others(self) -> Others:
        """The checks that meet a defect without naming it. Raises UsageError for two answers."""
        if self.everything and self.quick:
            raise UsageError("--all and --quick are two selections", hint="give one of them")
        if self.everything:
            return Others("all")
        return Others("quick", quick_selection()) if self.quick else NOBODY_ELSE


def show_teeth(wanted: Wanted, stderr: Console) -> int:
    """Run the matrix, or the shard of it; print one line a defect, write matrix.json as it grows, and matrix.md.

    Returns 0 when every check bites and few others fail, else 1.
    Raises UsageError when there is no such defect or part.
    """
    plan, others = plan_of(list_checks(), wanted.only), wanted.others
    if not plan:
        raise UsageError(
            f"no check or defect begins with {' or '.join(wanted.only)}",
            hint="`gauntlet catalog defects` lists the defects",
        )
    if wanted.shard is not None:
        plan = part_of(plan, wanted.shard)
    folder = new_run_dir(wanted.out, dt.datetime.now(dt.UTC))
    part = bool(wanted.only or wanted.shard or wanted.quick)
    named = tuple(sorted({check for checks in plan.values() for check in checks}))
    request = Request(
        target=places.bundled("targets") / "reference.toml",
        out=folder,
        only=others.selection(named) if part else (),
        whole=True,
    )
    stderr.print(f"honest gateway first, then {len(plan)} defects, {wanted.jobs} at a time", highlight=False)

    def report(defect: str, matrix: Matrix) -> None:
        write_matrix(matrix, folder / "matrix.json")
        bites = [bite for bite in matrix.bites if bite.defect == defect]
        stderr.print(f"{len(matrix.defects):>3}/{len(plan)} {_line(defect, bites)}", highlight=False, soft_wrap=True)

    matrix = run_teeth(plan, request, others=others, jobs=wanted.jobs, report=report, targets=_targets())
    return _tell(matrix, list(plan), folder, as_json=wanted.as_json)


def join_teeth(files: Sequence[Path], out: Path, *, as_json: bool) -> int:
    """Join the matrices of parts into one, with its page; name the defects that no part tried.

    Returns 0 when every check bites, else 1. Raises UsageError when a file is no matrix, or two do not fit.
    """
    matrix = join([read_matrix(file) for file in files])
    folder = new_run_dir(out, dt.datetime.now(dt.UTC))
    return _tell(matrix, [defect.name for defect in list_defects()], folder, as_json=as_json)


def _tell(matrix: Matrix, defects: Sequence[str], folder: Path, *, as_json: bool) -> int:
    """Write the files and the summary; return the exit code. `defects` are those that were to be tried."""
    path = folder / "matrix.json"
    write_matrix(matrix, path)
    path.with_suffix(".md").write_text(page(matrix, defects), encoding="utf-8")
    if as_json:
        sys.stdout.write(to_json(matrix).decode() + "\n")
    _summary(matrix, defects, path, Console(stderr=as_json))
    holds = matrix.holds and median_besides(matrix) <= MOST_BESIDES
    return ExitCode.CONFORMANT if holds else ExitCode.NON_CONFORMANT


def _targets() -> dict[str, Path]:
    """Return the target file on which each defect is tried."""
    return {defect.name: places.bundled("targets") / f"{defect.target}.toml" for defect in list_defects()}


def _line(defect: str, bites: Sequence[Bite]) -> str:
    missed = [bite for bite in bites if not bite.holds]
    others = sum(bite.verdict in (Verdict.FAIL, Verdict.WARN) and not bite.expected for bite in bites)
    tail = f", {others} other checks fail too" if others else ""
    if missed:
        first = f"{missed[0].check}: {missed[0].verdict.value} {missed[0].reason}"
        return f"[bold red]missed[/] {defect} by {len(missed)} check(s), the first {escape(first)}"
    return f"[green]caught[/] {defect} by {sum(bite.expected for bite in bites)} check(s){tail}"


def _summary(matrix: Matrix, defects: Sequence[str], path: Path, console: Console) -> None:
    tried = len(matrix.defects)
    caught = tried - len({bite.defect for bite in matrix.toothless})
    say(console, f"{caught} of {tried} defects are caught by every check that names them")
    if missing := untried(matrix, defects):
        say(console, f"not tried: {len(missing)} of {len(defects)} defects")
    say(console, f"the reference gateway without a defect: {matrix.honest}")
    for failure in matrix.honest_failures:
        say(console, f"  {failure}")
    for bite in matrix.toothless:
        say(console, f"  toothless: {bite.check} on {bite.defect}: {bite.verdict.value} {bite.reason}")
    if matrix.others != "none":
        selection = "checks" if matrix.others == "all" else "checks of the quick selection"
        median = median_besides(matrix)
        say(console, f"{selection} that fail without naming the defect: median {median:g}, allowed {MOST_BESIDES}")
    say(console, f"matrix: {path}\npage: {path.with_suffix('.md')}")
