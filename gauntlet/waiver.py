"""Waivers: a failure that is accepted for a while. One that is not needed, or has expired, fails the run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from gauntlet.errors import closest
from gauntlet.result import CheckResult
from gauntlet.target_model import Waiver
from gauntlet.verdict import Verdict


def apply_waivers(
    results: Sequence[CheckResult], waivers: Sequence[Waiver], deselected: Sequence[str], today: dt.date
) -> tuple[list[CheckResult], list[str]]:
    """Return the results with waived failures marked, and what is wrong with the waivers (each sentence fails the run).

    `deselected` are ids of checks that did not run on purpose: a waiver of one of them cannot be judged and is left
    alone.
    """
    by_check = {waiver.check: waiver for waiver in waivers}
    verdicts = {result.check: result.verdict for result in results}
    problems = []
    for waiver in waivers:
        problem = _problem(waiver, verdicts, deselected, today)
        if problem:
            problems.append(problem)
    valid = {check: waiver for check, waiver in by_check.items() if waiver.expires >= today}
    return [_waived(result, valid.get(result.check)) for result in results], problems


def _problem(waiver: Waiver, verdicts: dict[str, Verdict], deselected: Sequence[str], today: dt.date) -> str | None:
    if waiver.expires < today:
        return f"the waiver of {waiver.check} expired on {waiver.expires} (owner {waiver.owner})"
    if waiver.check in deselected:
        return None
    if waiver.check not in verdicts:
        return f"the waiver names the unknown check {waiver.check!r}{closest(waiver.check, verdicts)}"
    if verdicts[waiver.check] in (Verdict.PASS, Verdict.NOT_CLAIMED):
        return f"the waiver of {waiver.check} is not needed: its verdict is {verdicts[waiver.check]}; remove it"
    return None


def _waived(result: CheckResult, waiver: Waiver | None) -> CheckResult:
    if waiver is None or result.verdict not in (Verdict.FAIL, Verdict.WARN):
        return result
    note = f"waived by {waiver.owner} until {waiver.expires}: {waiver.reason}"
    return replace(result, verdict=Verdict.WAIVED, waiver=note)
