"""What a rule reports, and the small vocabulary every check shares."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule: where (`Patient.contact[0].gender`), which (`pat-1`, `binding`), and what is right."""

    path: str
    rule: str
    message: str

    def under(self, step: str) -> "Problem":
        """Return the same problem seen from one level higher; `step` is `name` or `[index]`."""
        joint = "." if self.path and self.path[0] != "[" else ""
        return Problem(step + joint + self.path, self.rule, self.message)


Found = Sequence[Problem]
# A check gets the value and the resource whose contained resources its local references may name.
Check = Callable[[Any, Json], Found]
NOTHING: Found = ()


def broken(rule: str, message: str, path: str = "") -> list[Problem]:
    """One problem as the list a check returns."""
    return [Problem(path, rule, message)]


def under(step: str, found: Found) -> list[Problem]:
    """Problems of a child as its parent sees them."""
    return [problem.under(step) for problem in found]


def shown(value: object, limit: int = 60) -> str:
    """Value as a short text for a message."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def nearest(word: object, valid: Sequence[str]) -> str:
    """Hint that names the closest valid word, or up to eight valid words when none is close."""
    close = get_close_matches(str(word), valid, n=1, cutoff=0.7)
    if close:
        return f"did you mean {close[0]!r}?"
    return "valid: " + ", ".join(sorted(valid)[:8]) + (", ..." if len(valid) > 8 else "")


def kind(value: object) -> str:
    """JSON name of a value's type."""
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")
