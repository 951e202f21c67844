"""`gauntlet replay`: run one check of an earlier run again under the same plan, and compare."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from gauntlet.commands.results_file import read_results
from gauntlet.console import say
from gauntlet.errors import TargetError, UsageError, closest
from gauntlet.publish import publish
from gauntlet.replay import Ending, Replay, compare, unrepeatable
from gauntlet.result import CheckResult, RunResult
from gauntlet.run import Request, carry_out, suite_version
from gauntlet.runner import Listener

_KEPT = ("seed", "chaos_seed", "defect", "profile", "scale", "allow_remote_load", "code", "short", "workers")


def replay_check(folder: Path, name: str, out: Path, command: str, console: Console, listener: Listener) -> int:
    """Run the check again and print what came of it; return the exit code.

    Raises UsageError when `folder` holds no run or the run no such check.
    """
    run = read_results(folder)
    before = find_check(run, name)
    request = request_of(folder, before.check, out, command)
    found = Replay(Ending.IMPOSSIBLE, [reason]) if (reason := unrepeatable(before)) else None
    if found is None:
        found, report = _run_again(request, before, listener)
        if report:
            say(console, f"report {report}")
    if run.suite_version != suite_version():
        say(console, f"note: it was judged by suite {run.suite_version}, this is {suite_version()}")
    for line in found.told:
        say(console, line)
    say(console, f"{found.ending}: {before.check}")
    return found.exit_code


def _run_again(request: Request, before: CheckResult, listener: Listener) -> tuple[Replay, Path | None]:
    """Run the one check. A target file or a check that is no longer there is no error: it cannot be repeated."""
    try:
        run, run_dir = carry_out(request, listener)
    except (TargetError, UsageError) as error:
        return Replay(Ending.IMPOSSIBLE, [error.message]), None
    report = publish(run, run_dir)
    after = next((item for item in run.checks if item.check == before.check), None)
    if after is None:
        return Replay(Ending.IMPOSSIBLE, [f"the suite has no check {before.check} any more"]), report
    return compare(before, after), report


def find_check(run: RunResult, name: str) -> CheckResult:
    """Return the one check whose id is or begins with `name`. Raises UsageError when it is none or several."""
    exact = [check for check in run.checks if check.check == name]
    found = exact or [check for check in run.checks if check.check.startswith(name)]
    found = found or [check for check in run.checks if check.requirement == name.upper()]
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(check.check for check in found[:6])
        raise UsageError(f"{len(found)} checks begin with {name!r}", hint=f"give the whole id of one: {several}")
    known = [check.check for check in run.checks]
    raise UsageError(f"the run has no check {name!r}{closest(name, known)}", hint="report.html and junit.xml name them")


def request_of(folder: Path, check: str, out: Path, command: str) -> Request:
    """Return the request that repeats `check` under the plan of the run in `folder`. Raises UsageError without one."""
    path = (folder if folder.is_dir() else folder.parent) / "plan.json"
    try:
        plan: dict[str, Any] = orjson.loads(path.read_bytes())
        target = Path(plan["target"])
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"{path} holds no plan of a run", hint="give a run's folder, such as out/latest") from None
    known = {field.name for field in fields(Request)}
    kept = {name: plan[name] for name in _KEPT if name in plan and name in known}
    return replace(Request(target=target, out=out, only=(check,), whole=True, command=command), **kept)
