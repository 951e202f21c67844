"""Running checks: pytest in a process of its own a lab, without the caller's configuration, watched to its end."""

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
from gauntlet.labs import lab_folder, say_others_ended
from gauntlet.plan import Plan
from gauntlet.process import die_with_parent, signal_name

# Variables that change what pytest or Python does with the checks: PYTHONOPTIMIZE alone would take their docstrings.
_REMOVED = ("PYTHONSTARTUP", "PYTHONOPTIMIZE", "PYTHONWARNINGS", "PYTHONINSPECT", "PYTHONBREAKPOINT", "PYTHONDEVMODE")
_STOP_GRACE_S = 15.0
Listener = Callable[[Mapping[str, Any]], None]


def command(plan: Plan, plan_file: Path, number: int = 0) -> list[str]:
    """Return the pytest command line for lab `number` of `plan`."""
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
    arguments += [f"--gauntlet-plan={plan_file}", f"--gauntlet-lab={number}"]
    return [*arguments, "-q", "--no-header", "-rN", "--tb=short", str(suites)]


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

    `listener` is called with every event as it comes. Ctrl-C is passed on, so that the labs are ended before we return.
    """
    record = Record()
    plan_file = plan.save()
    plan.events.write_bytes(b"")
    crew = Crew(plan, plan_file)
    try:
        _take(_follow(plan.events, crew.alive), record, listener, crew)
    except KeyboardInterrupt as interrupt:
        crew.stop()
        _take(_follow(plan.events, lambda: False, skip=record.taken), record, listener, crew)
        return record, str(interrupt) or "interrupted from the keyboard"
    finally:
        crew.stop()
    return record, _crash(record, crew)


class Crew:
    """The pytest processes of a run, one a lab."""

    def __init__(self, plan: Plan, plan_file: Path) -> None:
        self._run_dir = Path(plan.run_dir)
        self._processes: list[subprocess.Popen[bytes]] = []
        self.logs: list[Path] = []
        try:
            for number in range(plan.labs):
                self.logs.append(lab_folder(self._run_dir, number) / "pytest.log")
                self._processes.append(_start(command(plan, plan_file, number), self.logs[-1]))
        except BaseException:
            self.stop()
            raise

    @property
    def statuses(self) -> list[int]:
        """Exit statuses, once all have ended."""
        return [process.returncode for process in self._processes]

    def alive(self) -> bool:
        """Return whether any lab is at work, and let the first one know when it is the only one."""
        first, *others = [process.poll() is None for process in self._processes]
        if not any(others):
            say_others_ended(self._run_dir)
        return first or any(others)

    def stop(self) -> None:
        """End all processes and let them end their labs; kill only those that do not."""
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_GRACE_S
        for process in self._processes:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _start(arguments: list[str], log: Path) -> subprocess.Popen[bytes]:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        return subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment(os.environ),
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one prctl call, no locks
        )


def _take(events: Iterator[dict[str, Any]], record: Record, listener: Listener, crew: Crew) -> None:
    for event in events:
        record.take(event)
        listener(event)
        if record.lab_failure:
            crew.stop()  # what the other labs could find would be half a run


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


def _crash(record: Record, crew: Crew) -> str:
    """Return how pytest ended when it did not come to its end, else an empty string."""
    wrong = [number for number, status in enumerate(crew.statuses) if status not in (0, 1, 5)]
    if record.ended and not wrong:
        return ""
    if record.lab_failure or record.broken_suite:
        return ""
    number = wrong[0] if wrong else 0
    status, log = crew.statuses[number], crew.logs[number]
    if status < 0:
        return f"the process that runs the checks was ended by {signal_name(-status)}"
    if not record.collected:
        tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
        raise HarnessError(f"pytest ended with exit status {status} before any check was collected:\n{tail}")
    return f"the process that runs the checks ended with exit status {status}; see {log.name}"
