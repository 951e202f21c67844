"""One process of the lab: started with a clean environment, watched, and ended for certain.

On Linux the kernel ends it when the harness dies (parent-death signal); our own servers also stop when their standard
input closes. Its output goes to a log file, whose last lines are part of every error.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from gauntlet.errors import SetupError

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
# Signals that come from outside: an operator, a supervisor, the out-of-memory killer.
OUTSIDE_SIGNALS = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SYSTEMROOT", "SSL_CERT_FILE", "VIRTUAL_ENV")


@dataclass(frozen=True, slots=True)
class Ending:
    """How a process ended: its role, exit status (negative: signal) and its last output."""

    role: str
    status: int
    last_lines: str

    @property
    def from_outside(self) -> bool:
        """Whether somebody else ended it, so that the gateway is not to blame.

        Shells and the JVM report a signal as exit status 128 + its number: a wrapper whose gateway the out-of-memory
        killer took ends with 137.
        """
        return -self.status in OUTSIDE_SIGNALS or self.status - 128 in OUTSIDE_SIGNALS

    def sentence(self) -> str:
        """Return what happened in one line."""
        if self.status < 0:
            return f"the {self.role} process was ended by {signal_name(-self.status)}"
        return f"the {self.role} process ended with exit status {self.status}"


def signal_name(number: int) -> str:
    """Return the name of signal `number`; the real-time signals in the middle of their range have none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


class Process:
    """A child process with a role in the lab ("mock EHR", "gateway", ...)."""

    def __init__(self, role: str, popen: subprocess.Popen[bytes], log: Path) -> None:
        self.role = role
        self.log = log
        self._popen = popen
        self._stopped = False

    @property
    def pid(self) -> int:
        """Process id; also the id of its process group."""
        return self._popen.pid

    def ending(self) -> Ending | None:
        """Return how the process ended, or None while it runs or after we stopped it ourselves."""
        status = self._popen.poll()
        if status is None or self._stopped:
            return None
        return Ending(self.role, status, self.last_lines())

    def last_lines(self, count: int = 12) -> str:
        """Return the last `count` lines of its output."""
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])
        return ""

    def announcement(self, timeout_s: float) -> dict[str, Any]:
        """Return the JSON line by which our own servers say that they are ready.

        Raises SetupError with the last output when none comes within `timeout_s` or the process ends first.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            line = self._first_json_line()
            if line is not None:
                return line
            ended = self._popen.poll() is not None
            if ended or time.monotonic() > deadline:
                what = self._not_ready(f"did not become ready within {timeout_s:g} s", ended)
                raise SetupError(what, hint=f"its output is in {self.log}")
            time.sleep(0.01)

    def _not_ready(self, late: str, ended: bool) -> str:
        what = f"ended with exit status {self._popen.returncode} before it was ready" if ended else late
        return f"the {self.role} {what}; its last output:\n{self.last_lines() or '(none)'}"

    def _first_json_line(self) -> dict[str, Any] | None:
        with contextlib.suppress(OSError):
            for line in self.log.read_bytes().splitlines(keepends=True):
                if line.startswith(b'{"ready"') and line.endswith(b"\n"):
                    announced: dict[str, Any] = orjson.loads(line)
                    return announced
        return None

    def stop(self, grace_s: float = 3.0) -> None:
        """End the process and its group: ask, wait up to `grace_s`, then kill. Safe to call twice."""
        self._stopped = True
        if self._popen.stdin:
            with contextlib.suppress(OSError):
                self._popen.stdin.close()
        if self._popen.poll() is None:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(grace_s)
        self._signal(signal.SIGKILL)
        self._popen.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, number)


def start(
    role: str,
    command: Sequence[str],
    log: Path,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    through_pipe: bool = False,
) -> Process:
    """Start `command` for `role`, its output going to `log`.

    With `through_pipe` it writes into a pipe that a thread of ours copies to `log`, so that limits on the size of its
    files do not touch its output. Raises SetupError when the program is missing or cannot be started.
    """
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ} | dict(env or {})
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        with log.open("ab") as output:  # a restart adds to what was logged before it
            popen = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if through_pipe else output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=cwd,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - one prctl call, no locks
            )
    except FileNotFoundError:
        missing = cwd if cwd is not None and not cwd.is_dir() else command[0]
        raise SetupError(
            f"the {role} cannot be started: {missing} was not found",
            hint="check [gateway.launch] command and cwd in the target file, or install the program",
        ) from None
    except OSError as error:
        raise SetupError(f"the {role} cannot be started: {command[0]}: {error.strerror}") from None
    except (IndexError, ValueError) as error:  # an empty command, a NUL in an argument
        raise SetupError(f"the {role} cannot be started: {list(command)!r}: {error}") from None
    if through_pipe:
        threading.Thread(target=_copy, args=(popen, log), daemon=True).start()
    return Process(role, popen, log)


def _copy(popen: subprocess.Popen[bytes], log: Path) -> None:
    assert popen.stdout is not None  # noqa: S101 - the caller asked for the pipe
    with popen.stdout as pipe, log.open("ab", buffering=0) as output:
        while data := os.read(pipe.fileno(), 65536):
            output.write(data)


def die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """Return what a child calls before it starts so that the kernel sends it `number` when we die; None: not here."""
    if _LIBC is None:
        return None
    libc = _LIBC
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, number)
