"""The target file's table about checks of a vendor's or hospital's own."""

from __future__ import annotations

from pydantic import Field

from gauntlet.target_values import Table


class OwnChecks(Table):
    """Checks of your own, run after the suite's with the same fixtures; they can only take away from a verdict."""

    folder: str | None = Field(None, description="folder with test_*.py, beside this file")
