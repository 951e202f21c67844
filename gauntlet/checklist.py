"""The list of all checks, collected by pytest in a process of its own without starting a lab."""

from __future__ import annotations

import functools
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import orjson

from gauntlet import places
from gauntlet.errors import HarnessError
from gauntlet.plan import Plan
from gauntlet.runner import command, environment


@functools.cache
def list_checks() -> tuple[dict[str, Any], ...]:
    """Return every check as check, requirement, title, description, tripped_by. Raises HarnessError when it fails."""
    with tempfile.TemporaryDirectory(prefix="gauntlet-") as folder:
        target = places.bundled("targets") / "reference.toml"
        plan = Plan(target=str(target), run_dir=folder, seed=0)
        done = subprocess.run(
            [*command(plan, plan.save()), "--collect-only"],
            capture_output=True,
            check=False,
            timeout=120,
            env=environment(os.environ),
            stdin=subprocess.DEVNULL,
        )
        lines = plan.events.read_bytes().splitlines() if plan.events.exists() else []
    for event in map(orjson.loads, lines):
        if event["event"] == "collected":
            return tuple(event["checks"])
        if event["event"] == "broken-suite":
            raise HarnessError(event["message"], hint=event["hint"])
    raise HarnessError(f"the checks cannot be listed:\n{Path(folder).name}: {done.stdout.decode()[-1500:]}")
