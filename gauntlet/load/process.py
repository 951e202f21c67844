"""Runs Locust as a process of its own: starts it, follows it, ends it, and reads what it measured.

Whatever goes wrong with that process is the harness's own trouble and raises an error of ours; it never
becomes a verdict about the gateway.
"""

from __future__ import annotations

import importlib.util
import os
import site
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from gauntlet.errors import HarnessError, SetupError
from gauntlet.load.measured import RawLoad, from_json
from gauntlet.load.plan import ORDER_VARIABLE, Order, Plan, check_plan, write_order
from gauntlet.load.profile import Profile
from gauntlet.load.progress import Progress, ProgressReader
from gauntlet.places import bundled_file

START_ALLOWANCE_S = 60.0  # importing Locust takes 2 s on an idle machine, many times that on a busy one
_POLL_S = 0.1
_END_S = 5.0
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SYSTEMROOT", "PYTHONPATH")


def run_profile(profile: Profile, plan: Plan, *, work_dir: Path, progress: Callable[[Progress], None]) -> RawLoad:
    """Run `profile` against the plan's target, return what was measured; `progress` hears twice a second.

    `work_dir` (created when absent) receives `raw.json`, `progress.ndjson` and `locust.log`, which ends
    with Locust's own summary; the file with the tokens is deleted in any case. Takes the profile's duration,
    its drain time and some seconds to start.

    Raises PlanError for a plan that cannot be carried out, SetupError when Locust is not installed,
    HarnessError when its process crashed, left no result or did not end in time. An interrupt ends the
    process and is raised again.
    """
    require_locust()
    check_plan(profile, plan, time.time())
    work_dir = work_dir.resolve()
    work_dir.mkdir(parents=True, exist_ok=True)
    order = Order(
        profile=profile,
        plan=plan,
        result=work_dir / "raw.json",
        progress=work_dir / "progress.ndjson",
        parent_pid=os.getpid(),
    )
    order.result.unlink(missing_ok=True)
    order.progress.write_bytes(b"")
    order_file = write_order(order, work_dir)
    try:
        code = _run(order, order_file, work_dir, progress)
    finally:
        order_file.unlink(missing_ok=True)
    return _read_result(order.result, code, work_dir / "locust.log")


def require_locust() -> None:
    """Raise SetupError when Locust is not installed. It is not imported for that: it changes its process."""
    if importlib.util.find_spec("locust") is None:
        raise SetupError("load profiles need Locust, which is not installed", hint="pip install 'gauntlet-ehr[load]'")


def command() -> list[str]:
    """Return the command that runs the bundled locustfile: no web page, no imports from this folder."""
    locustfile = str(bundled_file("scenarios", "locustfile.py"))
    users = ["--users", "1", "--spawn-rate", "1"]
    outcome = ["--exit-code-on-error", "0", "--only-summary"]
    return [sys.executable, "-P", "-m", "locust", "-f", locustfile, "--headless", *users, *outcome]


def environment(outer: Mapping[str, str], order_file: Path, home: Path) -> dict[str, str]:
    """Return the environment of the Locust process: no LOCUST_* settings, nobody's configuration files."""
    kept = {name: outer[name] for name in _KEPT if name in outer}
    if site.ENABLE_USER_SITE:
        kept["PYTHONUSERBASE"] = site.getuserbase()  # found through HOME otherwise
    return {
        **kept,
        "HOME": str(home),
        "USERPROFILE": str(home),
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
        ORDER_VARIABLE: str(order_file),
    }


def _run(order: Order, order_file: Path, work_dir: Path, progress: Callable[[Progress], None]) -> int:
    """Run the process to its end, whatever happens; return its exit code."""
    limits = order.profile.limits
    cap = START_ALLOWANCE_S + order.profile.duration_s + limits.drain_s
    with (work_dir / "locust.log").open("wb") as log:
        process = subprocess.Popen(
            command(),
            cwd=work_dir,
            env=environment(os.environ, order_file, work_dir),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C in the terminal is for us; we end the process
        )
        try:
            return _follow(process, order.progress, progress, time.monotonic() + cap)
        finally:
            _end(process)


def _follow(process: subprocess.Popen[bytes], path: Path, progress: Callable[[Progress], None], deadline: float) -> int:
    """Pass progress on until the process ends. Raises HarnessError at the `deadline` (monotonic)."""
    reader = ProgressReader()
    with path.open("rb") as file:
        while True:
            try:
                code = process.wait(timeout=_POLL_S)
            except subprocess.TimeoutExpired:
                code = None
            for item in _items(reader, file.read()):
                progress(item)
            if code is not None:
                return code
            if time.monotonic() > deadline:
                raise HarnessError(
                    "the load generator did not end in time and was stopped",
                    hint=f"see locust.log in {path.parent}; is this machine overloaded?",
                )


def _items(reader: ProgressReader, data: bytes) -> list[Progress]:
    try:
        return reader.feed(data)
    except (ValueError, TypeError) as error:
        raise HarnessError(f"the load generator wrote a progress line that cannot be read: {error}") from None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process if it still runs, gently first."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _read_result(path: Path, code: int, log: Path) -> RawLoad:
    if code != 0 or not path.exists():
        ended = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        raise HarnessError(
            f"the load generator {ended} and left no usable result:\n{_tail(log)}",
            hint=f"the whole log is {log}",
        )
    try:
        return from_json(path.read_bytes())
    except (ValueError, KeyError, TypeError) as error:
        raise HarnessError(f"the load generator's result {path} cannot be read: {error}") from None


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
