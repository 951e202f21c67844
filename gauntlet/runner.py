"""Running checks: pytest in a process of its own, without the caller's configuration, watched to its end."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from gauntlet import places
from gauntlet.assembly import Record
from gauntlet.errors import HarnessError
from gauntlet.plan import Plan
from gauntlet.process import die_with_parent, signal_name

# Variables that change what pytest or Python does with the checks: PYTHONOPTIMIZE alone would take their docstrings.
_REMOVED = ("PYTHONSTARTUP", "PYTHONOPTIMIZE", "PYTHONWARNINGS", "PYTHONINSPECT", "PYTHONBREAKPOINT", "PYTHONDEVMODE")
_STOP_GRACE_S = 15.0
Listener = Callable[[Mapping[str, Any]], None]


def command(plan: Plan, plan_file: Path) -> list[str]:
    """Return the pytest command line for `plan`."""
    suites = places.bundled("suites")
    arguments = [
        sys.executable,
        "-P",
        "-m",
        "pytest",
        "-c",
        str(suites / "pytest.ini"),
        f"--rootdir={suites}",
    ]
    arguments += [
        f"--confcutdir={suites}",
        "--import-mode=importlib",
        "-p",
        "gauntlet.plugin",
        "-p",
        "no:cacheprovider",
    ]
    if importlib.util.find_spec("allure_pytest"):
        arguments += ["-p", "allure_pytest.plugin", f"--alluredir={Path(plan.run_dir) / 'allure-results'}"]
    return [*arguments, f"--gauntlet-plan={plan_file}", "-q", "--no-header", "-rN", "--tb=short", str(suites)]


def environment(base: Mapping[str, str]) -> dict[str, str]:
    """Return the process environment: no plug-ins by entry point, no options from outside, no telemetry."""
    clean = {name: value for name, value in base.items() if name not in _REMOVED and not name.startswith("PYTEST_")}
    return {
        **clean,
        "PYTHONSAFEPATH": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def run_checks(plan: Plan, listener: Listener) -> tuple[Record, str]:
    """Run the checks of `plan`; return what the events say, and how pytest ended if it did not come to its end.

    `listener` is called with every event as it comes. Ctrl-C is passed on, so that the lab is ended before we return.
    """
    record = Record()
    plan_file = plan.save()
    plan.events.write_bytes(b"")
    log = Path(plan.run_dir) / "pytest.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command(plan, plan_file),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment(os.environ),
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one prctl call, no locks
        )
        events = _follow(plan.events, lambda: process.poll() is None)
        try:
            _take(events, record, listener)
        except KeyboardInterrupt as interrupt:
            _stop(process)
            _take(_follow(plan.events, lambda: False, skip=record.taken), record, listener)
            return record, str(interrupt) or "interrupted from the keyboard"
        finally:
            _stop(process)
    return record, _crash(record, process.returncode, log)


def _take(events: Iterator[dict[str, Any]], record: Record, listener: Listener) -> None:
    for event in events:
        record.take(event)
        listener(event)


def _follow(path: Path, alive: Callable[[], bool], skip: int = 0) -> Iterator[dict[str, Any]]:
    """Yield events as lines are added to `path`, after the first `skip`, until nobody writes any more."""
    with path.open("rb") as file:
        for _ in range(skip):
            file.readline()
        rest = b""
        while True:
            running = alive()  # asked before reading: what was written before the end is still read
            rest += file.read()
            *lines, rest = rest.split(b"\n")
            for line in lines:
                yield orjson.loads(line)
            if not running:
                return
            if not lines:
                time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End pytest and let it end its lab; kill it only when it does not."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _crash(record: Record, status: int, log: Path) -> str:
    """Return how pytest ended when it did not come to its end, else an empty string."""
    if record.ended and status in (0, 1, 5):
        return ""
    if record.lab_failure or record.broken_suite:
        return ""
    if status < 0:
        return f"the process that runs the checks was ended by {signal_name(-status)}"
    if not record.collected:
        tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
        raise HarnessError(f"pytest ended with exit status {status} before any check was collected:\n{tail}")
    return f"the process that runs the checks ended with exit status {status}; see {log.name}"
