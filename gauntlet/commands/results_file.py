"""Reading the results of an earlier run, as commands that compare or repeat runs do."""

from __future__ import annotations

from pathlib import Path

from gauntlet.errors import UsageError
from gauntlet.result import RunResult, from_json

_HINT = "give a run's folder, such as out/latest"


def read_results(place: Path) -> RunResult:
    """Return the results in a run's folder or file. Raises UsageError for what is none of this version."""
    path = place / "results.json" if place.is_dir() else place
    try:
        return from_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", hint=_HINT) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(f"{path} is no results.json of this version", hint=_HINT) from None
