"""The general logs of a whole run: those of all labs, and of the second gateways that checks started there.

A leak that shows in one request out of thousands is in one lab's log only, so whoever judges the logs at the end has to
know all of them, and the patients that were in play in every lab.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from gauntlet.ehr import Ehr
from gauntlet.errors import GauntletError, Inconclusive
from gauntlet.placeholder import fill
from gauntlet.target import Target

RECORD = "general-log.json"
_SECOND_GATEWAYS = "second-*"


@dataclass(frozen=True, slots=True)
class Noted:
    """One lab: the general log of its gateway, and whom its EHR was asked about; None while that is not known."""

    log: Path
    patients: tuple[str, ...] | None


def log_of(target: Target, values: Mapping[str, str], folder: Path) -> Path:
    """Return the general log of a gateway that was started in `folder`; `values` are the lab's placeholders."""
    return Path(fill(target.file.observe.logs, {**values, "run_dir": str(folder.resolve())}, {}))


def note_log(folder: Path, log: Path, ehr: Ehr | None = None) -> None:
    """Write down where the log of the lab in `folder` is, and, given its EHR, whom that was asked about."""
    folder.mkdir(parents=True, exist_ok=True)
    patients = _asked_about(ehr) if ehr is not None else None
    (folder / RECORD).write_bytes(orjson.dumps({"log": str(log), "patients": patients}))


def _asked_about(ehr: Ehr) -> list[str] | None:
    try:
        return sorted(ehr.patients())
    except GauntletError:  # the EHR is gone
        return None


@dataclass(frozen=True)
class RunLogs:
    """The logs of all labs. `labs` are their folders: one that never came up has written nothing there."""

    target: Target
    values: Mapping[str, str]
    labs: tuple[Path, ...]

    def paths(self) -> list[Path]:
        """Return every log that exists."""
        seconds = [second for lab in self.labs for second in sorted(lab.glob(_SECOND_GATEWAYS))]
        found = [item.log for item in self._noted()] + [log_of(self.target, self.values, each) for each in seconds]
        return [path for path in dict.fromkeys(found) if path.is_file()]

    def size(self) -> int:
        """Return the length of all logs in bytes."""
        return sum(path.stat().st_size for path in self.paths())

    def patients(self) -> set[str]:
        """Return the patients that the EHRs were asked about, as far as their labs have said."""
        return {patient for item in self._noted() for patient in item.patients or ()}

    def require_whole(self) -> None:
        """Raise Inconclusive when a lab ended before it said which patients were in play there."""
        if any(item.patients is None for item in self._noted()):
            raise Inconclusive("a lab was broken off before it said which patients were in play there")

    def _noted(self) -> Iterator[Noted]:
        for lab in self.labs:
            if (lab / RECORD).is_file():
                told = orjson.loads((lab / RECORD).read_bytes())
                patients = told["patients"]
                yield Noted(Path(told["log"]), None if patients is None else tuple(patients))
