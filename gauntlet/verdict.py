"""Verdicts and how they add up: pure functions, no input or output.

A wrong verdict costs a patient or a release, so this module is small, imports nothing of ours and is covered branch by
branch. Two rules decide everything: nothing run is never a pass, and the harness's own trouble is never the gateway's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

UNCLAIMED = "the target does not claim"  # beginning of the reason of a check about what is not claimed


class Verdict(StrEnum):
    """What one check found."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    WARN = "warn"  # a SHOULD is not met
    NOT_CLAIMED = "not-claimed"  # the target does not claim the feature
    WAIVED = "waived"  # failed, and the target file carries a valid waiver
    INCONCLUSIVE = "inconclusive"  # could not be judged: control failed, fault without effect, a process was killed
    ERROR = "error"  # the harness itself failed


class Outcome(StrEnum):
    """What a whole run or one profile amounts to."""

    CONFORMANT = "conformant"
    NON_CONFORMANT = "non-conformant"
    PARTIAL = "partial"  # something was deselected
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"  # the harness itself failed


class ExitCode:
    """Process exit codes of every `gauntlet` command that judges."""

    CONFORMANT = 0
    NON_CONFORMANT = 1
    USAGE = 2
    INCONCLUSIVE = 3
    HARNESS_ERROR = 4


_EXIT_CODES = {
    Outcome.CONFORMANT: ExitCode.CONFORMANT,
    Outcome.NON_CONFORMANT: ExitCode.NON_CONFORMANT,
    Outcome.PARTIAL: ExitCode.INCONCLUSIVE,
    Outcome.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
    Outcome.ERROR: ExitCode.HARNESS_ERROR,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """The part of a check result that adds up: its verdict and what it was about."""

    verdict: Verdict
    level: str  # "MUST" or "SHOULD"
    feature: str


def exit_code(outcome: Outcome) -> int:
    """Return the process exit code for `outcome`."""
    return _EXIT_CODES[outcome]


def graded(failed: bool, level: str) -> Verdict:
    """Return the verdict of a check that ran to its end: a failed SHOULD warns, anything else that failed fails."""
    if not failed:
        return Verdict.PASS
    return Verdict.WARN if level == "SHOULD" else Verdict.FAIL


def outcome(results: Iterable[Judged], *, deselected: int, missing: int = 0) -> Outcome:
    """Add check results up to one outcome; the worst wins.

    `deselected` counts checks that exist but were left out on purpose; `missing` counts checks that should have run and
    left no result. A failure stands whatever else happened; after it our own errors, then missing or inconclusive
    results, then a partial selection. Only what remains, with at least one MUST check that passed, is conformant.
    """
    verdicts = [(result.verdict, result.level) for result in results]
    found = {verdict for verdict, _ in verdicts}
    if Verdict.FAIL in found:
        return Outcome.NON_CONFORMANT
    if Verdict.ERROR in found:
        return Outcome.ERROR
    if missing or Verdict.INCONCLUSIVE in found:
        return Outcome.INCONCLUSIVE
    if (Verdict.PASS, "MUST") not in verdicts:
        return Outcome.INCONCLUSIVE
    return Outcome.PARTIAL if deselected else Outcome.CONFORMANT
