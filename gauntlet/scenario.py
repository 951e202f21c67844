"""Fault scenarios: `scenarios/faults/*.toml`, each a named fault with the reason for its numbers."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gauntlet import places
from gauntlet.errors import UsageError, closest


@dataclass(frozen=True, slots=True)
class Scenario:
    """A file of `scenarios/`: its name is the file's, `content` everything in it."""

    name: str
    why: str
    content: Mapping[str, Any]


def read_scenarios(folder: Path) -> list[Scenario]:
    """Return the scenarios in `folder` by name. Raises UsageError for a file without a reason or with broken TOML."""
    return [_read(path) for path in sorted(folder.glob("*.toml"))]


def _read(path: Path) -> Scenario:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from None
    why = content.get("why", "")
    if not why:
        raise UsageError(f"{path}: why: required: the reason for the numbers in this file")
    return Scenario(path.stem, why, content)


def fault(name: str, **match: Any) -> dict[str, Any]:
    """Return the fault `name` of `scenarios/faults`, its match narrowed by `match`, ready for the mock EHR.

    Raises UsageError with the closest match for an unknown name.
    """
    return fault_in(_path(name, places.bundled("scenarios") / "faults", "fault"), **match)


def find_scenario(name: str, folder: Path) -> Scenario:
    """Return the scenario `name` in `folder`. Raises UsageError with the closest match for an unknown name."""
    return _read(_path(name, folder, "scenario"))


def _path(name: str, folder: Path, kind: str) -> Path:
    path = folder / f"{name}.toml"
    if not path.is_file():
        known = [item.stem for item in folder.glob("*.toml")]
        raise UsageError(f"unknown {kind} {name!r}{closest(name, known)}", hint=f"there are {', '.join(sorted(known))}")
    return path


def fault_in(path: Path, **match: Any) -> dict[str, Any]:
    """Return the fault in a file, as `fault` does. Raises UsageError for a file that cannot be read."""
    content = dict(_read(path).content)
    content.pop("why")
    return {"name": path.stem, **content, "match": {**content.get("match", {}), **match}}
