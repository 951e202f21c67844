"""What an EHR cannot have, and what no check can judge behind it yet: told apart, and neither is ever a pass.

A row with `behind` does not apply to a gateway in front of another vendor's EHR: there is nothing to judge. A row that
applies, but whose checks all need another EHR, was left out: a run without it is partial and no certificate is had.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from gauntlet.requirement import Requirement
from gauntlet.result import CheckResult, RequirementRow, RunResult
from gauntlet.target_ehr import OTHER_EHR
from gauntlet.verdict import UNCLAIMED, Verdict


def applies(row: Requirement | RequirementRow, ehr: str) -> bool:
    """Return whether a gateway in front of the vendor `ehr` can be judged by `row` at all."""
    return not row.behind or ehr in row.behind


def not_applicable(rows: Iterable[RequirementRow], ehr: str) -> dict[str, str]:
    """Return the rows that do not apply behind `ehr`, each with the reason."""
    return {row.id: f"applies only behind {' or '.join(row.behind)}" for row in rows if not applies(row, ehr)}


def judged_elsewhere(results: Collection[CheckResult], claims: Collection[str]) -> list[str]:
    """Return the rows of claimed features that no check could judge behind this EHR, once for each check left out."""
    judged = {result.requirement for result in results if not result.reason.startswith(OTHER_EHR)}
    return [
        result.requirement
        for result in results
        if result.requirement not in judged and result.feature in claims and result.reason.startswith(OTHER_EHR)
    ]


def left_out(run: RunResult) -> list[str]:
    """Return the rows that apply to this run's gateway and that no check can judge, once for each check left out."""
    foreign = not_applicable(run.requirements, run.target.ehr)
    return [row for row in judged_elsewhere(run.checks, run.target.claims) if row not in foreign]


def unclaimed_options(run: RunResult) -> dict[str, str]:
    """Return the checks of claimed features that were not run because they are about an option that is not claimed.

    A reason that names a feature which is claimed does not count: it contradicts the run.
    """
    claimed = {f"{UNCLAIMED} {feature}" for feature in run.target.claims}
    return {
        check.check: check.reason
        for check in run.checks
        if check.verdict is Verdict.NOT_CLAIMED
        and check.feature in run.target.claims
        and check.reason.startswith(f"{UNCLAIMED} ")
        and check.reason not in claimed
    }
