"""What the judge finds."""

from __future__ import annotations

from typing import Any, NamedTuple


class Difference(NamedTuple):
    """Where two resources mean different things, and how.

    Kinds: missing (only the left one has it), extra (only the right one has it), value, precision (the same number
    with digits lost or made up, a date in place of an instant), unit, instant, reference.
    """

    path: str
    kind: str
    left: Any
    right: Any
