"""What a defect is: a name, the requirement it breaks, and the one component it replaces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from reference_gateway.composition import Parts


@dataclass(frozen=True)
class Defect:
    """A named way to be wrong. `apply` returns the parts with one of them replaced."""

    name: str
    breaks: str
    summary: str
    apply: Callable[[Parts], Parts]
    target: str = "reference"  # the gateway in front of which EHR shows it: a bundled target file without its ending

    def listed(self) -> dict[str, str]:
        """Return the defect as `python -m reference_gateway defects` lists it."""
        return {"name": self.name, "breaks": self.breaks, "summary": self.summary, "target": self.target}


def swap(name: str, breaks: str, summary: str, *, target: str = "reference", **part: Any) -> Defect:
    """Return the defect that replaces the one part given by its name in `Parts`."""
    return Defect(name, breaks, summary, lambda parts: replace(parts, **part), target)
