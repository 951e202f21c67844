"""Two whole runs side by side: pure. Of one gateway at two times, or of two gateways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gauntlet.result import CheckResult, ProfileResult, RunResult
from gauntlet.verdict import Verdict

# From good to bad; verdicts that stand side by side are neither better nor worse than each other.
_GRADES = {
    Verdict.PASS: 0,
    Verdict.WARN: 1,
    Verdict.WAIVED: 1,
    Verdict.INCONCLUSIVE: 2,
    Verdict.ERROR: 2,
    Verdict.FAIL: 3,
}
ABSENT = "-"


@dataclass(frozen=True, slots=True)
class Difference:
    """A check or a profile on which two runs differ; `trend` is "worse", "better" or "" (cannot be said)."""

    name: str
    requirement: str  # empty for a profile
    before: str
    after: str
    trend: str
    reason: str = ""


@dataclass(frozen=True)
class RunComparison:
    """How two runs differ, and how many checks both have."""

    checks: list[Difference]
    profiles: list[Difference]
    shared: int
    doubts: list[str]

    @property
    def worse(self) -> list[Difference]:
        """What is worse in the second run."""
        return [item for item in (*self.checks, *self.profiles) if item.trend == "worse"]


def compare_runs(before: RunResult, after: RunResult) -> RunComparison:
    """Compare checks and profiles of two runs."""
    old = {check.check: check for check in before.checks}
    new = {check.check: check for check in after.checks}
    shared = old.keys() & new.keys()
    checks = [item for name in {**old, **new} if (item := _check(old.get(name), new.get(name)))]
    return RunComparison(checks, list(_profiles(before, after)), len(shared), _doubts(before, after, len(shared)))


def _check(before: CheckResult | None, after: CheckResult | None) -> Difference | None:
    known = after or before
    assert known is not None  # noqa: S101 - the name comes from one of them
    if before is not None and after is not None and before.verdict is after.verdict:
        return None
    return Difference(
        name=known.check,
        requirement=known.requirement,
        before=before.verdict.value if before else ABSENT,
        after=after.verdict.value if after else ABSENT,
        trend=_trend(before, after),
        reason=after.reason if after else "",
    )


def _trend(before: CheckResult | None, after: CheckResult | None) -> str:
    if before is None or after is None or before.verdict is Verdict.NOT_CLAIMED:
        return ""
    if after.verdict is Verdict.NOT_CLAIMED:  # a claim that was withdrawn mends nothing
        return "worse" if before.verdict is Verdict.PASS else ""
    step = _GRADES[after.verdict] - _GRADES[before.verdict]
    return "worse" if step > 0 else "better" if step < 0 else ""


def _profiles(before: RunResult, after: RunResult) -> Iterator[Difference]:
    old = {profile.name: profile for profile in before.profiles}
    for profile in after.profiles:
        was, is_now = _outcome(old.get(profile.name)), _outcome(profile)
        if was != is_now:
            trend = {"conformant": "better"}.get(is_now, "worse" if was == "conformant" else "")
            yield Difference(profile.name, "", was, is_now, trend, profile.reason)


def _outcome(profile: ProfileResult | None) -> str:
    if profile is None:
        return ABSENT
    return profile.outcome.value if profile.claimed else "not claimed"


def _doubts(before: RunResult, after: RunResult, shared: int) -> list[str]:
    doubts = []
    if not shared:
        doubts.append("the two runs have no check in common")
    if before.suite_version != after.suite_version:
        doubts.append(f"judged by different suites: {before.suite_version} and {after.suite_version}")
    if before.target.ehr != after.target.ehr:
        doubts.append(f"in front of different EHRs: {before.target.ehr} and {after.target.ehr}")
    return doubts
