"""What the doctor finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class About(StrEnum):
    """Whose a finding is: the target file's author's, or the gateway's."""

    CONFIGURATION = "configuration"
    CONFORMANCE = "conformance"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what, whether it is fine, what was seen, and how to mend it.

    With `hopeless` nothing can be judged before it is mended.
    """

    what: str
    fine: bool
    seen: str
    fix: str = ""
    about: About = About.CONFIGURATION
    hopeless: bool = False

    def __str__(self) -> str:
        return f"{self.what}: {self.seen}"
