"""`gauntlet teeth`: show the matrix of defects and checks as it grows."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from gauntlet import places
from gauntlet.checklist import list_checks
from gauntlet.defects import list_defects
from gauntlet.errors import UsageError
from gauntlet.run import Request, new_run_dir
from gauntlet.teeth import Bite, Matrix, part_of, plan_of, run_teeth
from gauntlet.teeth_page import median_besides, page
from gauntlet.verdict import ExitCode, Verdict


def show_teeth(
    only: tuple[str, ...], *, whole: bool, shard: str | None, jobs: int, out: Path, as_json: bool, stderr: Console
) -> int:
    """Run the matrix, or the `shard` of it; print one line a defect, write matrix.json and matrix.md.

    Returns 0 when every check bites, else 1. Raises UsageError when there is no such defect or part.
    """
    plan = plan_of(list_checks(), only)
    if not plan:
        raise UsageError(
            f"no check or defect begins with {' or '.join(only)}",
            hint="`gauntlet catalog defects` lists the defects",
        )
    if shard is not None:
        plan = part_of(plan, shard)
    folder = new_run_dir(out, dt.datetime.now(dt.UTC))
    request = Request(
        target=places.bundled("targets") / "reference.toml",
        out=folder,
        only=_honest_selection(plan) if only or (shard and not whole) else (),
        whole=True,
    )
    stderr.print(f"honest gateway first, then {len(plan)} defects, {jobs} at a time", highlight=False)
    done = 0

    def report(defect: str, bites: Sequence[Bite]) -> None:
        nonlocal done
        done += 1
        stderr.print(f"{done:>3}/{len(plan)} {_line(defect, bites)}", highlight=False, soft_wrap=True)

    matrix = run_teeth(plan, request, whole=whole, jobs=jobs, report=report, targets=_targets())
    path = folder / "matrix.json"
    path.write_text(json.dumps(matrix.rows(), indent=2), encoding="utf-8")
    if as_json:
        sys.stdout.write(json.dumps(matrix.rows(), indent=2) + "\n")
    path.with_suffix(".md").write_text(page(matrix, whole=whole), encoding="utf-8")
    _summary(matrix, len(plan), path, Console(stderr=as_json))
    if whole:
        note = f"checks that fail besides, without naming the defect: median {median_besides(matrix):g} a defect"
        Console(stderr=as_json).print(note, highlight=False, soft_wrap=True)
    return ExitCode.CONFORMANT if matrix.holds else ExitCode.NON_CONFORMANT


def _targets() -> dict[str, Path]:
    """Return the target file on which each defect is tried."""
    return {defect.name: places.bundled("targets") / f"{defect.target}.toml" for defect in list_defects()}


def _honest_selection(plan: dict[str, list[str]]) -> tuple[str, ...]:
    return tuple(sorted({check for checks in plan.values() for check in checks}))


def _line(defect: str, bites: Sequence[Bite]) -> str:
    missed = [bite for bite in bites if not bite.holds]
    others = sum(bite.verdict in (Verdict.FAIL, Verdict.WARN) and not bite.expected for bite in bites)
    tail = f", {others} other checks fail too" if others else ""
    if missed:
        first = f"{missed[0].check}: {missed[0].verdict.value} {missed[0].reason}"
        return f"[bold red]missed[/] {defect} by {len(missed)} check(s), the first {escape(first)}"
    return f"[green]caught[/] {defect} by {sum(bite.expected for bite in bites)} check(s){tail}"


def _summary(matrix: Matrix, defects: int, path: Path, console: Console) -> None:
    caught = defects - len({bite.defect for bite in matrix.toothless})
    console.print(f"{caught} of {defects} defects are caught by every check that names them", highlight=False)
    console.print(f"the reference gateway without a defect: {matrix.honest}", highlight=False)
    for failure in matrix.honest_failures:
        console.print(f"  {failure}", markup=False, highlight=False, soft_wrap=True)
    for bite in matrix.toothless:
        console.print(
            f"  toothless: {bite.check} on {bite.defect}: {bite.verdict.value} {bite.reason}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    console.print(f"matrix: {path}\npage: {path.with_suffix('.md')}", highlight=False, soft_wrap=True)
