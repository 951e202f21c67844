"""Waivers: a failure that is accepted for a while. One that is not needed, or has expired, fails the run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace

from gauntlet.errors import closest
from gauntlet.result import CheckResult
from gauntlet.target_model import Waiver
from gauntlet.verdict import Verdict


def apply_waivers(
    results: Sequence[CheckResult], waivers: Sequence[Waiver], known: Collection[str] | None, today: dt.date
) -> tuple[list[CheckResult], list[str]]:
    """Return the results with waived failures marked, and what is wrong with the waivers (each sentence fails the run).

    `known` are the ids of all checks, selected or not: a waiver of one that did not run cannot be judged and is left
    alone. None means that they are not known for certain, because the run was cut short.
    """
    by_check = {waiver.check: waiver for waiver in waivers}
    verdicts = {result.check: result.verdict for result in results}
    problems = []
    for waiver in waivers:
        problem = _problem(waiver, verdicts, known, today)
        if problem:
            problems.append(problem)
    valid = {check: waiver for check, waiver in by_check.items() if waiver.expires >= today}
    return [_waived(result, valid.get(result.check)) for result in results], problems


def _problem(waiver: Waiver, verdicts: dict[str, Verdict], known: Collection[str] | None, today: dt.date) -> str | None:
    if waiver.expires < today:
        return f"the waiver of {waiver.check} expired on {waiver.expires} (owner {waiver.owner})"
    if known is not None and waiver.check not in known:
        return f"the waiver names the unknown check {waiver.check!r}{closest(waiver.check, known)}"
    if verdicts.get(waiver.check) in (Verdict.PASS, Verdict.NOT_CLAIMED):
        return f"the waiver of {waiver.check} is not needed: its verdict is {verdicts[waiver.check]}; remove it"
    return None


def _waived(result: CheckResult, waiver: Waiver | None) -> CheckResult:
    if waiver is None or result.verdict not in (Verdict.FAIL, Verdict.WARN):
        return result
    note = f"waived by {waiver.owner} until {waiver.expires}: {waiver.reason}"
    return replace(result, verdict=Verdict.WAIVED, waiver=note)


def problems_in(notes: Sequence[str]) -> list[str]:
    """Return those of a run's notes that say what is wrong with a waiver."""
    return [note for note in notes if note.startswith("the waiver ")]
