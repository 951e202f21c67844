"""Runs Locust as a process of its own: starts it, follows it, ends it, and reads what it measured.

Whatever goes wrong with that process is the harness's own trouble and raises an error of ours; it never
becomes a verdict about the gateway.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import site
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from gauntlet.errors import HarnessError, SetupError
from gauntlet.load.measured import RawLoad, from_json, to_json
from gauntlet.load.merging import merged, together
from gauntlet.load.plan import ORDER_VARIABLE, Order, Plan, Share, check_plan, write_order
from gauntlet.load.profile import Profile
from gauntlet.load.progress import Progress, ProgressReader
from gauntlet.places import bundled_file

START_ALLOWANCE_S = 60.0  # importing Locust takes 2 s on an idle machine, many times that on a busy one
_POLL_S = 0.1
_LEAD_S = 0.5  # between the last generator being ready and the first second of the curve
RAW, ENOUGH, _GO = "raw.json", "enough", "go"
_END_S = 5.0
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SYSTEMROOT", "PYTHONPATH")


def run_profile(
    profile: Profile, plan: Plan, *, work_dir: Path, progress: Callable[[Progress], None], workers: int = 1
) -> RawLoad:
    """Run `profile` against the plan's target, return what was measured; `progress` hears twice a second.

    `work_dir` (created when absent) receives `raw.json`, and of each generator `progress.ndjson` and `locust.log`,
    which ends with Locust's own summary; the file with the tokens is deleted in any case. Takes the profile's
    duration, its drain time and some seconds to start. `workers` generators share the arrivals. When somebody
    creates the file `ENOUGH` in `work_dir`, no further arrival is started, and the run is complete all the same.

    Raises PlanError for a plan that cannot be carried out, SetupError when Locust is not installed,
    HarnessError when a process crashed, left no result or did not end in time. An interrupt ends the processes,
    leaves `raw.json` as a partial result, and is raised again.
    """
    require_locust()
    check_plan(profile, plan, time.time())
    work_dir = work_dir.resolve()
    work_dir.mkdir(parents=True, exist_ok=True)
    for name in (RAW, ENOUGH, _GO):
        (work_dir / name).unlink(missing_ok=True)
    orders = [_order(profile, plan, work_dir, Share(worker=n, workers=workers)) for n in range(workers)]
    cap = START_ALLOWANCE_S + profile.duration_s + profile.limits.drain_s
    with contextlib.ExitStack() as cleanup:
        generators = [cleanup.enter_context(Generator(order)) for order in orders]
        try:
            _follow(generators, work_dir / _GO, progress, time.monotonic() + cap)
        except KeyboardInterrupt:
            _keep_partial([generator.partial() for generator in generators], work_dir / RAW)
            raise
    raw = merged([generator.result() for generator in generators])
    if workers > 1:
        (work_dir / RAW).write_bytes(to_json(raw))
    return raw


def _order(profile: Profile, plan: Plan, work_dir: Path, share: Share) -> Order:
    """Return one generator's order; several of them have a folder each and begin together."""
    folder = work_dir
    if share.workers > 1:
        folder = work_dir / f"generator-{share.worker}"
        share = share.model_copy(update={"ready": folder / "ready", "go": work_dir / _GO})
    return Order(
        profile=profile,
        plan=plan,
        result=folder / RAW,
        progress=folder / "progress.ndjson",
        parent_pid=os.getpid(),
        share=share,
        enough=work_dir / ENOUGH,
    )


def _keep_partial(parts: list[RawLoad | None], path: Path) -> None:
    known = [part for part in parts if part is not None]
    if known:
        path.write_bytes(to_json(merged(known)))


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


class Generator:
    """One Locust process: starts on enter, has ended after exit, whatever happens."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._folder = order.result.parent
        self._reader = ProgressReader()
        self.latest: Progress | None = None

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        order = self._order
        for stale in (order.result, order.share.ready):
            if stale is not None:
                stale.unlink(missing_ok=True)
        order.progress.write_bytes(b"")
        self._order_file = write_order(order, self._folder)
        self._progress = order.progress.open("rb")
        with (self._folder / "locust.log").open("wb") as log:
            self._process = subprocess.Popen(
                command(),
                cwd=self._folder,
                env=environment(os.environ, self._order_file, self._folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C in the terminal is for us; we end the process
            )
        return self

    def __exit__(self, *_: object) -> None:
        _end(self._process)
        self._progress.close()
        self._order_file.unlink(missing_ok=True)

    def ready(self) -> bool:
        """Whether it waits for the others, or has ended."""
        ready = self._order.share.ready
        return ready is None or ready.exists() or self.ended()

    def ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    def news(self) -> list[Progress]:
        """Return what it has reported since the last time."""
        items = _items(self._reader, self._progress.read())
        self.latest = items[-1] if items else self.latest
        return items

    def result(self) -> RawLoad:
        """Return what the ended process measured. Raises HarnessError when it left nothing usable."""
        return _read_result(self._order.result, self._process.wait(), self._folder / "locust.log")

    def partial(self) -> RawLoad | None:
        """End the process and return what it has measured so far, if anything."""
        _end(self._process)
        try:
            return from_json(self._order.result.read_bytes())
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _follow(generators: list[Generator], go: Path, progress: Callable[[Progress], None], deadline: float) -> None:
    """Pass progress on until all processes end. Raises HarnessError at the `deadline` (monotonic)."""
    while True:
        ended = all(generator.ended() for generator in generators)
        if not go.exists() and all(generator.ready() for generator in generators):
            _begin(go)
        news = [generator.news() for generator in generators]
        if len(generators) == 1:
            for item in news[0]:
                progress(item)
        elif any(news):
            progress(together([generator.latest for generator in generators if generator.latest is not None]))
        if ended:
            return
        if time.monotonic() > deadline:
            raise HarnessError(
                "the load generator did not end in time and was stopped",
                hint=f"see locust.log below {go.parent}; is this machine overloaded?",
            )
        time.sleep(_POLL_S)


def _begin(go: Path) -> None:
    """Tell all generators the moment at which they begin."""
    draft = go.with_suffix(".draft")
    draft.write_text(str(time.time() + _LEAD_S), encoding="ascii")
    draft.replace(go)


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
