"""`gauntlet run`, `demo` and `load`: carry a run out, write its reports, print the summary."""

from __future__ import annotations

import os
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from gauntlet import places
from gauntlet.console import say
from gauntlet.errors import TargetError, closest
from gauntlet.load.profile_file import find_profile, read_profile
from gauntlet.progress import CheckProgress
from gauntlet.publish import publish
from gauntlet.result import RunResult, to_json
from gauntlet.run import Request, carry_out
from gauntlet.verdict import ExitCode


def run_and_report(
    target: Path, out: Path, *, command: str, stderr: Console, as_json: bool = False, **options: Any
) -> None:
    """Run the checks of `target`, write everything into the run's folder and exit with the verdict's code.

    `options` are the other fields of `gauntlet.run.Request`.
    """
    known = {field.name for field in fields(Request)}
    assert options.keys() <= known  # noqa: S101 - a programming error in the command line
    request = Request(target=resolve_target(target), out=out, command=command, **options)
    with CheckProgress(stderr) as progress:
        run, run_dir = carry_out(request, progress)
    tell(run, publish(run, run_dir), as_json=as_json)
    raise typer.Exit(run.exit_code)


def certify_and_report(request: Request, key: Path, teeth: Path | None, stderr: Console) -> None:
    """Run everything, write reports and certificate, and exit with the verdict's code; 3 when it was refused one."""
    from gauntlet.commands.certify import certify_target

    with CheckProgress(stderr) as progress:
        done = certify_target(request, key, teeth, progress)
    tell(done.run, publish(done.run, done.run_dir))
    for line in [f"not certified: {sentence}" for sentence in done.refused] or [f"certificate {short(done.folder)}"]:
        say(stderr, line)
    raise typer.Exit(done.run.exit_code or (ExitCode.INCONCLUSIVE if done.refused else ExitCode.CONFORMANT))


def tell(run: RunResult, report: Path, *, as_json: bool = False) -> None:
    """Print what a run found; when nobody reads on, the verdict stands and the reports are written all the same."""
    try:
        _hand_over(run, report, as_json=as_json)
    except (BrokenPipeError, SystemExit):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def judged_by(profile: str) -> tuple[str, ...]:
    """Return the requirements that a run of the load profile judges. Raises ProfileError for an unknown profile."""
    folder = places.bundled("scenarios") / "load"
    return tuple(read_profile(find_profile(profile, folder)).judged_by)


def _hand_over(run: RunResult, report: Path, *, as_json: bool) -> None:
    """Print the result as JSON to stdout, or its summary for people. SystemExit is how Rich tells a broken pipe."""
    from reports.terminal import render

    if as_json:
        sys.stdout.buffer.write(to_json(run) + b"\n")
        sys.stdout.flush()
    console = Console(stderr=True) if as_json else Console()
    console.print(render(run, report=short(report)))


def short(path: Path) -> str:
    """Return `path` relative to the current folder when it lies below it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def resolve_target(name: Path) -> Path:
    """Return the file that `name` means: a path, or the name of a bundled target without its ending.

    Raises TargetError with the closest match for a bare name that is neither.
    """
    if name.suffix or name.is_file() or len(name.parts) != 1:
        return name
    bundled = {path.stem: path for path in places.bundled("targets").glob("*.toml")}
    if name.name not in bundled:
        raise TargetError(
            f"target file {name} does not exist{closest(name.name, bundled)}",
            hint=f"`gauntlet init FILE` writes one; bundled ones are {', '.join(sorted(bundled))}",
        )
    return bundled[name.name]
