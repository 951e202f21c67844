"""The list of all checks, collected by pytest in a process of its own without starting a lab."""

from __future__ import annotations

import functools
import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from gauntlet import places
from gauntlet.errors import HarnessError
from gauntlet.plan import Plan
from gauntlet.runner import command, environment

_SHOWN = 1500  # characters of what was printed


@functools.cache
def list_checks() -> tuple[dict[str, Any], ...]:
    """Return every check as the event `collected` tells it, id first. Raises HarnessError when it fails."""
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
    return listed(map(orjson.loads, lines), done.returncode, done.stdout.decode(errors="replace"))


def listed(events: Iterable[Mapping[str, Any]], status: int, printed: str) -> tuple[dict[str, Any], ...]:
    """Return the checks of a collection that ended with an exit `status` and `printed` something.

    Raises HarnessError when any part of the suite is missing: a list that is not whole is none.
    """
    found: tuple[dict[str, Any], ...] | None = None
    for event in events:
        if event["event"] == "broken-suite":
            raise HarnessError(event["message"], hint=event["hint"])
        if event["event"] == "collected":
            found = tuple(event["checks"])
    if found is None or status:
        raise HarnessError(
            f"the checks cannot be listed: collecting them ended with exit status {status}\n{printed[-_SHOWN:]}",
            hint="mend what cannot be imported; nothing was listed or written",
        )
    return found
