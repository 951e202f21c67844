"""Everything Gauntlet raises on purpose.

GauntletError                    message and hint; never the gateway's failure
├── UsageError                   wrong command line or option             exit 2
│   └── TargetError              the target file: file, key, what is valid
├── SetupError                   the lab could not be set up: port, binary, readiness   exit 2
├── ProcessLost                  a process of the lab ended in the middle of a run      exit 3
└── HarnessError                 a fault of our own                                     exit 4
Inconclusive                     raised inside a check: it could not be judged
CheckFailed (AssertionError)     raised inside a check: the gateway did not do what it must
└── NoAnswer                     the gateway gave no HTTP answer at all
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class GauntletError(Exception):
    """Base of our errors: what happened and where, plus a hint how to fix it."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


class UsageError(GauntletError):
    """A command line or option that cannot be carried out."""


class TargetError(UsageError):
    """A target file that cannot be used."""


class SetupError(GauntletError):
    """The lab could not be set up."""


class ProcessLost(GauntletError):
    """A process of the lab ended in the middle of a run."""


class HarnessError(GauntletError):
    """A fault of the harness itself."""


class Inconclusive(Exception):
    """The check could not be judged; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CheckFailed(AssertionError):
    """The gateway did not do what the requirement demands."""

    def __init__(self, reason: str, *, expected: str = "", actual: str = "", hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.expected = expected
        self.actual = actual
        self.hint = hint


class NoAnswer(CheckFailed):
    """The gateway gave no HTTP answer: refused, reset or timed out."""


def closest(word: str, valid: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the best match of `word` among `valid`, or an empty string."""
    match = difflib.get_close_matches(word, list(valid), n=1, cutoff=0.6)
    return f"; did you mean {match[0]!r}?" if match else ""
