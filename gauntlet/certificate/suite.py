"""Which suite judged: its version, and a digest of everything that decides a verdict or draws a report."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gauntlet import places
from gauntlet.run import suite_version

_PACKAGES = ("gauntlet", "mock_ehr", "synthetic", "reports")
_LEFT_OUT = frozenset({"__pycache__", "_bundled"})


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite: two with the same digest judge and report alike."""

    version: str
    digest: str


def installed_suite() -> Suite:
    """Return the suite that is installed here."""
    package = Path(__file__).resolve().parents[1]
    folders = [(name, package.parent / name) for name in _PACKAGES]
    folders += [(name, places.bundled(name)) for name in ("suites", "scenarios")]
    return Suite(suite_version(), digest(folders))


def digest(folders: Iterable[tuple[str, Path]]) -> str:
    """Return one SHA-256 over names and contents of all files in `folders`, each given with the name it counts as."""
    total = hashlib.sha256()
    for name, folder in folders:
        for path in sorted(folder.rglob("*")):
            place = path.relative_to(folder)
            if path.is_file() and not _LEFT_OUT & {*place.parts} and not path.name.startswith("."):
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                total.update(f"{name}/{place.as_posix()}\0{content}\n".encode())
    return total.hexdigest()
