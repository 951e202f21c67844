"""`gauntlet run --gate`: the quick selection first, against a baseline, and on request everything after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import typer
from rich.console import Console

from gauntlet import places
from gauntlet.commands.results_file import read_results
from gauntlet.commands.run import tell
from gauntlet.console import say
from gauntlet.errors import HarnessError, UsageError
from gauntlet.gate import Gate, judge, told
from gauntlet.progress import CheckProgress
from gauntlet.publish import publish
from gauntlet.result import RunResult
from gauntlet.run import Request, carry_out
from gauntlet.scenario import find_scenario


@dataclass(frozen=True, slots=True)
class Options:
    """How strict the gate is: what it compares with, whether known failures count, and what runs."""

    baseline: Path | None = None
    new_only: bool = False
    full: bool = False  # everything after the quick selection
    as_json: bool = False


def gate_and_report(request: Request, options: Options, stderr: Console) -> None:
    """Run the gate's selection (the request's own, if it has one), report, and exit with the gate's code.

    Raises UsageError when the baseline cannot be read.
    """
    if options.new_only and options.baseline is None:
        raise UsageError("--new-failures-only wants --baseline", hint="give results.json of an earlier run")
    baseline = read_results(options.baseline) if options.baseline else None
    quick = replace(request, only=request.only or quick_selection(), whole=True)
    gate = _stage(quick, baseline, options, stderr, "the quick selection alone" if not request.only else "a selection")
    if gate.is_open and options.full:
        gate = _stage(replace(request, only=(), whole=False), baseline, options, stderr, "")
    raise typer.Exit(gate.exit_code)


def quick_selection() -> tuple[str, ...]:
    """Return the beginnings of check ids that `scenarios/gate/quick.toml` lists."""
    content = find_scenario("quick", places.bundled("scenarios") / "gate").content
    checks = content.get("checks")
    if not isinstance(checks, list) or not checks:
        raise HarnessError("scenarios/gate/quick.toml lists no checks", hint="install gauntlet-ehr again")
    return tuple(checks)


def _stage(request: Request, baseline: RunResult | None, options: Options, stderr: Console, part: str) -> Gate:
    with CheckProgress(stderr) as progress:
        run, run_dir = carry_out(request, progress)
    if part:
        run = replace(run, notes=[*run.notes, f"gate: {part} ran, {len(run.checks)} checks; no profile is borne out"])
    tell(run, publish(run, run_dir), as_json=options.as_json)
    gate = judge(run, baseline, new_only=options.new_only)
    for line in told(gate):
        say(stderr, line)
    return gate
