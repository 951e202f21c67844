"""A run of the command line as a process of its own, watched from outside like an operator would.

Everything a run starts has its working folder below the run's own temporary folder: that is how what is left of it is
found, whoever its parent has become meanwhile. Linux only, for it reads /proc.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE_S = 400.0  # for a machine that is very busy; nothing here waits longer than it must
LISTENING = "0A"  # state of a socket in /proc/net/tcp

# What a process of a run is recognised by on its command line.
ROLES = {
    "issuer": "-m gauntlet.issuer",
    "mock EHR": "-m mock_ehr",
    "network proxy": "-m gauntlet.network.server",
    "gateway": "-m reference_gateway",
    "checks": "-m pytest",
    "load generator": "-m locust",
}


@dataclass(frozen=True)
class Outcome:
    """How a run ended, and what it left."""

    exit_code: int
    seconds: float  # from the last act of the test to the end of the run
    stderr: str
    result: dict[str, Any] | None  # results.json
    left_over: list[str]  # command lines of processes that are still there
    still_listening: list[str]  # ports that its processes listened on and that are still open

    def verdicts(self) -> dict[str, str]:
        """Return check -> verdict."""
        return {check["check"]: check["verdict"] for check in self.checks}

    @property
    def checks(self) -> list[dict[str, Any]]:
        """The checks of results.json."""
        assert self.result is not None, self.stderr
        checks: list[dict[str, Any]] = self.result["checks"]
        return checks


class LiveRun:
    """`gauntlet` with `arguments`, started in `folder`."""

    def __init__(self, folder: Path, arguments: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.out = folder / "out"
        folder.mkdir(parents=True, exist_ok=True)
        self._sockets: dict[str, str] = {}  # inode -> address
        self._acted = time.monotonic()
        self._stderr = folder / "stderr.txt"
        with self._stderr.open("wb") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "gauntlet", *arguments],
                cwd=folder,
                env={**os.environ, "NO_COLOR": "1", **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                preexec_fn=_hear_interrupts,  # noqa: PLW1509 - one call, no locks
            )

    def has_written(self, event: str) -> bool:
        """Return whether the run has written `event`."""
        start = b'{"event":"%s"' % event.encode()
        return any(start in path.read_bytes() for path in self.out.glob("2*/events.ndjson"))

    def wait_for(self, condition: Callable[[], object], what: str) -> None:
        """Wait until `condition` holds; fail when the run ends first."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert self.process.poll() is None, f"the run ended before {what}: {self._stderr.read_text()}"
            assert time.monotonic() < deadline, f"no {what} within {PATIENCE_S} s"
            time.sleep(0.05)

    def wait_for_event(self, event: str) -> None:
        """Wait until the run has written `event`."""
        self.wait_for(lambda: self.has_written(event), f"event {event!r}")

    def pid(self, role: str) -> int:
        """Return the process id of a role among the run's descendants; wait until there is one."""
        self.wait_for(lambda: self._find(role), f"{role} process")
        found = self._find(role)
        assert found, f"the {role} process is gone"
        return found[0]

    def _find(self, role: str) -> list[int]:
        return [pid for pid in descendants(self.process.pid) if is_role(role, command_line(pid))]

    def send(self, number: signal.Signals, role: str | None = None) -> None:
        """Send a signal to the run itself or to the process of a role, having noted which ports are open."""
        pid = self.pid(role) if role else self.process.pid
        self._sockets.update(listening_sockets(descendants(self.process.pid)))
        self._acted = time.monotonic()
        os.kill(pid, number)

    def end(self, grace_s: float = 0.0) -> Outcome:
        """Wait for the end of the run and return its outcome; nothing of it survives this call.

        What it started has `grace_s` more to go away by itself.
        """
        try:
            code = self.process.wait(PATIENCE_S)
            seconds = time.monotonic() - self._acted
            deadline = time.monotonic() + grace_s
            while survivors(self.folder) and time.monotonic() < deadline:
                time.sleep(0.05)
            left = survivors(self.folder)
            listening = [address for inode, address in self._sockets.items() if inode in open_sockets()]
        finally:
            for pid in survivors(self.folder):
                os.kill(pid, signal.SIGKILL)
            self.process.wait()
        found = sorted(self.out.glob("2*/results.json"))
        return Outcome(
            code,
            seconds,
            self._stderr.read_text(encoding="utf-8"),
            json.loads(found[0].read_bytes()) if found else None,
            [f"{pid}: {text}" for pid, text in left.items()],
            listening,
        )


def _hear_interrupts() -> None:
    """Undo what a shell does to its background jobs, whose children all would ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def is_role(role: str, command: str) -> bool:
    """Return whether a command line is that of a role's process; the network proxy may be the real Toxiproxy."""
    return ROLES[role] in command or (role == "network proxy" and "toxiproxy-server" in command.partition(" ")[0])


def descendants(pid: int) -> list[int]:
    """Return the ids of all processes below `pid`."""
    children: dict[int, list[int]] = {}
    for process in processes():
        parent = parent_of(process)
        if parent is not None:
            children.setdefault(parent, []).append(process)
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def processes() -> list[int]:
    """Return the ids of all processes."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def parent_of(pid: int) -> int | None:
    """Return the parent's id, None when the process is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError):
        return None


def command_line(pid: int) -> str:
    """Return the command line of a process; empty for one that is gone or a zombie."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def survivors(folder: Path) -> dict[int, str]:
    """Return the processes whose working folder lies below `folder`, with their command lines."""
    found = {}
    for pid in processes():
        try:
            inside = Path(f"/proc/{pid}/cwd").readlink().is_relative_to(folder)
        except OSError:  # gone, a zombie, or somebody else's
            continue
        if inside:
            found[pid] = command_line(pid)
    return found


def listening_sockets(pids: Sequence[int]) -> dict[str, str]:
    """Return inode -> address of the sockets on which the processes listen."""
    held = set()
    for pid in pids:
        try:
            held |= {os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()}  # noqa: PTH115 - not a path
        except OSError:
            continue
    return {inode: address for inode, address in open_sockets().items() if f"socket:[{inode}]" in held}


def open_sockets() -> dict[str, str]:
    """Return inode -> address of every listening TCP socket of this machine."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {row[9]: row[1] for row in rows if row[3] == LISTENING}
