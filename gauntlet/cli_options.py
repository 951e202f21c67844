"""Arguments and options that several commands share, and the words about their exit codes."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

VERDICTS = (
    "Exit codes: 0 conformant, 1 non-conformant, 2 usage or configuration, 3 inconclusive or partial, 4 harness error."
)

TargetArgument = Annotated[
    Path, typer.Argument(help="Target file, or the name of a bundled one (reference, direct-epic).")
]
OutOption = Annotated[Path, typer.Option("--out", help="Folder for the run's own folder.", metavar="DIR")]
SeedOption = Annotated[int | None, typer.Option("--seed", help="Seed of population, faults and arrivals.")]
ChaosSeedOption = Annotated[int | None, typer.Option("--chaos-seed", help="Seed of faults alone; default: --seed.")]
OnlyOption = Annotated[
    list[str] | None,
    typer.Option("--only", help="Beginning of a check or requirement id; may be repeated.", metavar="PREFIX"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON on stdout.")]
LabsOption = Annotated[
    int | None,
    typer.Option("--labs", help="Labs side by side; default: two a core.", min=1, max=8, show_default=False),
]
GateOption = Annotated[
    bool, typer.Option("--gate", help="For a pipeline: the quick selection (or --only), one decision.")
]
BaselineOption = Annotated[
    Path | None, typer.Option("--baseline", help="results.json of an earlier run to compare with (--gate).")
]
NewOnlyOption = Annotated[
    bool, typer.Option("--new-failures-only", help="Failures of the baseline do not close the gate (--gate).")
]
FullOption = Annotated[bool, typer.Option("--full", help="Everything, when the quick selection passed (--gate).")]
OUT = Path("out")


def command_line() -> str:
    """Return what repeats this run."""
    return shlex.join(["gauntlet", *sys.argv[1:]])
