"""Named faults: files of a folder, read at the start, armed by their name.

A file is TOML with `why` and what a fault is made of (`mock_ehr.faults`); its name is the fault's.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mock_ehr.behaviours import FaultError
from mock_ehr.faults import parse_fault


@dataclass(frozen=True, slots=True)
class NamedFault:
    """One file: its name, why it exists, and what is armed."""

    name: str
    why: str
    spec: Mapping[str, Any]


def read_library(folder: Path) -> dict[str, NamedFault]:
    """Return the faults of a folder by name. Raises ValueError naming the file and what is wrong with it."""
    if not folder.is_dir():
        raise ValueError(f"{folder}: no such folder; give one that holds fault files (*.toml)")
    return {path.stem: _read(path) for path in sorted(folder.glob("*.toml"))}


def _read(path: Path) -> NamedFault:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        why = content.pop("why", "")
        spec = {"name": path.stem, **content}
        parse_fault(spec, "file")
    except FaultError as error:
        raise ValueError(f"{path}: {error}") from error
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: cannot be read: {error}") from error
    if not isinstance(why, str):
        raise ValueError(f"{path}: why is {why!r}; it is a text")  # noqa: TRY004 - the file's fault, as all above
    return NamedFault(path.stem, why, spec)
