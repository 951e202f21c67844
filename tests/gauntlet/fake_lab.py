"""Runs pytest as the harness does, but with a suite of a test's own and a lab without processes.

Called as `python fake_lab.py SUITES PYTEST-ARGUMENTS...` in place of `python -m pytest`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from gauntlet import places, session
from gauntlet.errors import SetupError
from gauntlet.process import Ending


class FakeEhr:
    """An EHR that nobody asks anything."""

    def __init__(self) -> None:
        self.faults: list[Any] = []
        self.altered = False

    def forget_faults(self) -> None:
        """Start a new list of faults."""
        self.faults = []

    def mark(self) -> int:
        """Return the position in an empty journal."""
        return 0

    def calls(self, **_: Any) -> list[Any]:
        """Return nothing: nobody called."""
        return []

    def patients(self) -> set[str]:
        """Return nobody: nobody called."""
        return set()


class FakeLab:
    """What the session needs of a lab. Checks let processes end by `gauntlet_session.lab.die(role, status)`."""

    notes = ("a lab without processes",)
    base_url = "http://gateway.test/fhir"

    def __init__(self, target: Any, run_dir: Path) -> None:
        self.target = target
        self.ehr = FakeEhr()
        self.gone: list[Ending] = []
        self._run_dir = run_dir
        self.tokens = self
        self.values: dict[str, str] = {}

    def forget(self) -> None:
        """Forget no tokens: there are none."""

    def die(self, role: str, status: int) -> None:
        """Let the process `role` end with `status`."""
        self.gone.append(Ending(role, status, "last words"))

    def ended(self) -> list[Ending]:
        """Return the processes that ended."""
        return list(self.gone)

    def missing(self) -> str:
        """Return what runs elsewhere and is gone: nothing."""
        return ""

    def close(self) -> None:
        """Leave a trace of having been closed."""
        (self._run_dir / "lab-closed").touch()


def _open(target: Any, run_dir: Path, *_: Any, **__: Any) -> FakeLab:
    if (run_dir / "no-lab").exists():
        raise SetupError("port 1 is taken", hint="free it")
    return FakeLab(target, run_dir)


def main() -> int:
    """Patch the harness and run pytest."""
    suites, bundled = Path(sys.argv[1]), places.bundled
    places.bundled = lambda name: suites if name == "suites" else bundled(name)
    session.open_lab = _open  # type: ignore[assignment]
    session.before_run = lambda _lab: []  # type: ignore[assignment]
    return int(pytest.main(sys.argv[2:]))


if __name__ == "__main__":
    sys.exit(main())
