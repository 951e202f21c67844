"""`gauntlet doctor`: show the findings as they are made."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

from rich.console import Console

from gauntlet.commands.run import resolve_target
from gauntlet.console import say
from gauntlet.doctor import examine
from gauntlet.finding import About
from gauntlet.lab import open_lab
from gauntlet.run import new_run_dir
from gauntlet.seed import DEFAULT_SEED
from gauntlet.target import read_target
from gauntlet.verdict import ExitCode


def examine_target(name: Path, out: Path, stderr: Console) -> int:
    """Start a lab for the target, print one line a finding, end the lab; return the exit code.

    2: something about configuration is to be mended; 1: the gateway itself is not fit; 0: everything is fine.
    """
    target = read_target(resolve_target(name), os.environ)
    run_dir = new_run_dir(out, dt.datetime.now(dt.UTC))
    console = Console()
    lab = open_lab(target, run_dir, DEFAULT_SEED, os.environ, progress=lambda text: stderr.print(text, highlight=False))
    broken: set[About] = set()
    try:
        for finding in examine(lab):
            mark = "[green]ok  [/]" if finding.fine else "[bold red]FIX [/]"
            console.print(mark, end="")
            say(console, f"{finding.what}: {finding.seen}")
            if finding.fix:
                say(console, f"     hint: {finding.fix}")
            broken |= set() if finding.fine else {finding.about}
    finally:
        lab.close()
    if About.CONFIGURATION in broken:
        return ExitCode.USAGE
    return ExitCode.NON_CONFORMANT if broken else ExitCode.CONFORMANT
