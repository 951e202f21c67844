"""The commands that run a load profile, and that compare two runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gauntlet.cli_options import OUT, OutOption, SeedOption, TargetArgument, command_line

PLAIN_COMPARISON = (
    "Exit codes: 0 no worse (more than two runs: comparable), 1 worse, 2 usage or configuration, 3 cannot be compared, "
    "4 harness error."
)


def load(
    target: TargetArgument,
    profile: Annotated[str, typer.Option("--profile", help="Load profile; `gauntlet catalog load` lists them.")] = (
        "morning-spike"
    ),
    scale: Annotated[float, typer.Option("--scale", help="Multiply the profile's rates.", min=0.01, max=100.0)] = 1.0,
    workers: Annotated[
        int, typer.Option("--workers", help="Processes that generate load; one a core is sensible.", min=1, max=64)
    ] = 1,
    short: Annotated[bool, typer.Option("--short", help="The short form that conformance runs use.")] = False,
    code: Annotated[
        str,
        typer.Option("--code", help="Call FILE.py:FUNCTION for each arrival, in place of the profile's requests."),
    ] = "",
    seed: SeedOption = None,
    out: OutOption = OUT,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Load a gateway that is not on this machine.")
    ] = False,
) -> None:
    """Run a load profile against a gateway and judge it by its service-level objectives.

    Example: gauntlet load reference --profile spike-outage --scale 0.5 --workers 2
    """
    from gauntlet.commands.run import judged_by, run_and_report
    from gauntlet.load.user_code import resolved

    run_and_report(
        target,
        out,
        only=judged_by(profile),
        whole=True,
        workers=workers,
        short=short,
        seed=seed,
        profile=profile,
        scale=scale,
        code=resolved(code) if code else "",
        allow_remote_load=allow_remote,
        command=command_line(),
        stderr=Console(stderr=True),
    )


def compare(
    before: Annotated[Path, typer.Argument(help="Folder of a run, or its results.json.")],
    after: Annotated[Path, typer.Argument(help="The same of the run that is judged.")],
    more: Annotated[
        list[Path] | None, typer.Argument(help="Further runs: one table of the checks of all, one column a run.")
    ] = None,
    tolerance: Annotated[
        float, typer.Option("--tolerance", help="Share by which a figure of load may be worse.", min=0.0, max=10.0)
    ] = 0.2,
) -> None:
    """Compare two runs, of one gateway or of two: checks, certificate profiles, and load endpoint by endpoint.

    More than two: one column a run, by what architects ask: security, blast radius of an outage, operational signals.

    Example: gauntlet compare out/monday out/latest --tolerance 0.1
    """
    from gauntlet.commands.compare import compare_runs
    from gauntlet.commands.compare_many import compare_many

    if more:
        raise typer.Exit(compare_many([before, after, *more], Console()))
    raise typer.Exit(compare_runs(before, after, tolerance, Console()))
