"""Whether results follow from themselves: pure. What a run says of itself is added up again, never believed.

Whoever holds a key can sign anything; so `gauntlet verify` looks for results that cannot have come from a whole run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from gauntlet.applicability import left_out, unclaimed_options
from gauntlet.profiles import judge_profiles
from gauntlet.requirement import Catalogue, Requirement
from gauntlet.result import CheckResult, RequirementRow, RunResult
from gauntlet.target_ehr import OTHER_EHR
from gauntlet.verdict import Judged, Verdict, exit_code, outcome


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that makes a certificate worthless; `kind` is a short name that stays the same."""

    kind: str
    message: str


def problems(run: RunResult) -> list[Problem]:
    """Return everything in which `run` contradicts itself, in the order in which it should be read."""
    return [*_executed(run), *_complete(run), *_labelled(run), *_added_up(run)]


def uncovered(run: RunResult) -> list[str]:
    """Return the MUST rows of claimed features that nothing judges and that give no reason for it."""
    return [
        row.id
        for row in run.requirements
        if row.level == "MUST" and row.feature in run.target.claims and not row.checks and not row.not_tested
    ]


def _executed(run: RunResult) -> Iterator[Problem]:
    passed = [check for check in run.checks if check.verdict is Verdict.PASS]
    if not passed:
        yield Problem("zero-executed", "no check passed: nothing was executed that could bear anything out")
    idle = [check.check for check in passed if not _left_evidence(check, run)]
    if idle:
        yield Problem(
            "zero-executed",
            f"{len(idle)} of {len(passed)} passed checks have neither an exchange nor a measurement, "
            f"so they were not executed; the first: {idle[0]}",
        )


def _left_evidence(check: CheckResult, run: RunResult) -> bool:
    return bool(check.measured or check.exchanges or (check.feature == "load" and run.load))


def _complete(run: RunResult) -> Iterator[Problem]:
    ids = Counter(check.check for check in run.checks)
    twice = [check for check, count in ids.items() if count > 1]
    if twice:
        yield Problem("checks", f"{twice[0]} has more than one result")
    counts = Counter(check.requirement for check in run.checks)
    for row in run.requirements:
        if counts[row.id] != row.checks:
            yield Problem("checks", f"{row.id} has {row.checks} checks, but the results hold {counts[row.id]} of them")
    unknown = sorted(counts.keys() - {row.id for row in run.requirements})
    if unknown:
        yield Problem("checks", f"results name the requirement {unknown[0]}, which is not in their own list")


def _labelled(run: RunResult) -> Iterator[Problem]:
    rows = {row.id: row for row in run.requirements}
    options = unclaimed_options(run)
    for check in run.checks:
        row = rows.get(check.requirement)
        if row is not None and (check.level, check.feature) != (row.level, row.feature):
            yield Problem(
                "labels",
                f"{check.check} is told as {check.level} of {check.feature}, "
                f"but {row.id} is a {row.level} of {row.feature}",
            )
        if check.verdict is Verdict.NOT_CLAIMED and not _is_unclaimed(check, run, options):
            yield Problem("labels", f"{check.check} is told as not claimed, but {check.feature} is claimed")


def _is_unclaimed(check: CheckResult, run: RunResult, options: Collection[str]) -> bool:
    """Whether nothing had to be run: feature or option is not claimed, or the check is for another vendor's EHR."""
    foreign = check.reason.startswith(f"{OTHER_EHR} {run.target.ehr}:")
    return check.feature not in run.target.claims or foreign or check.check in options


def _added_up(run: RunResult) -> Iterator[Problem]:
    missing = uncovered(run)
    judged = [Judged(check.verdict, check.level, check.feature) for check in run.checks]
    found = outcome(judged, deselected=run.deselected, missing=len(missing))
    if found is not run.outcome:
        yield Problem("verdict", f"the verdict told is {run.outcome}, but the checks add up to {found}")
    if run.exit_code != exit_code(run.outcome):
        yield Problem("verdict", f"the exit code told is {run.exit_code}, but {run.outcome} has another")
    unjudged = left_out(run)
    if len(unjudged) > run.deselected:
        yield Problem(
            "verdict", f"{unjudged[0]} applies behind {run.target.ehr} but no check judged it there: it is left out"
        )
    if run.deselected:
        return  # a partial run is no certificate, and which rows were left out is not told
    catalogue = _catalogue(run)
    again = judge_profiles(catalogue, run.checks, run.target.claims, [], missing, run.target.ehr)
    rebuilt = {item.name: item for item in again}
    for profile in run.profiles:
        same = rebuilt[profile.name]
        if (profile.outcome, profile.claimed) != (same.outcome, same.claimed):
            yield Problem(
                "verdict",
                f"the profile {profile.name} is told as {profile.outcome}, but its checks add up to {same.outcome}",
            )


def _catalogue(run: RunResult) -> Catalogue:
    """Return the table that the results carry with them."""
    return Catalogue(
        requirements={row.id: _requirement(row) for row in run.requirements},
        families={},
        features={},
        profiles={profile.name: tuple(profile.features) for profile in run.profiles},
    )


def _requirement(row: RequirementRow) -> Requirement:
    judged_from, behind = tuple(row.judged_from), tuple(row.behind)
    return Requirement(row.id, row.level, row.feature, row.text, judged_from, row.source, row.not_tested, behind)
