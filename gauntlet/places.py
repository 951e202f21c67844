"""Where the folders that are run by path live: beside the packages in a checkout, inside the wheel otherwise."""

from __future__ import annotations

from pathlib import Path

from gauntlet.errors import HarnessError

_PACKAGE = Path(__file__).resolve().parent
BUNDLED = ("suites", "scenarios", "targets")


def bundled(name: str) -> Path:
    """Return the folder `name` (one of `BUNDLED`).

    Raises HarnessError when it is in neither place: a broken installation, not something a user did.
    """
    installed = _PACKAGE / "_bundled" / name
    checkout = _PACKAGE.parent / name
    for place in (installed, checkout):
        if name in BUNDLED and place.is_dir():
            return place
    raise HarnessError(
        f"the folder {name!r} is neither at {installed} nor at {checkout}", hint="install gauntlet-ehr again"
    )


def bundled_file(folder: str, name: str) -> Path:
    """Return the file `name` inside the bundled `folder`; the caller checks that it exists."""
    return bundled(folder) / name
