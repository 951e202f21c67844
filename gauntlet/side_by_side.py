"""More than two runs side by side, one column a run: pure. Rows are what architects of an integration argue about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gauntlet.result import CheckResult, RunResult
from gauntlet.verdict import Verdict

# Families of requirements (their ids' beginnings) by the question that they answer.
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "Security": ("AUT", "UPA", "NEG", "PHI", "CST", "ENV"),
    "Blast radius of an outage": ("RES", "THR", "IDP", "ROL"),
    "Operational signals": ("AUD", "OBS"),
    "Meaning": ("CON", "MAP"),
    "Load": ("LOD",),
}
_OWN = "Other checks"  # of the target file's owner, under families of their own
_NOT_HELD = (Verdict.FAIL, Verdict.WARN, Verdict.WAIVED)
_NOT_JUDGED = (Verdict.INCONCLUSIVE, Verdict.ERROR)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many checks of one run passed or not; `failing` are requirements, one of SHOULD or waived in brackets."""

    passed: int
    failed: int
    not_claimed: int
    inconclusive: int
    failing: tuple[str, ...]

    @property
    def checks(self) -> int:
        """How many checks the run has here."""
        return self.passed + self.failed + self.not_claimed + self.inconclusive

    def __str__(self) -> str:
        return f"{self.passed}/{self.failed}/{self.not_claimed}/{self.inconclusive}" if self.checks else "-"


@dataclass(frozen=True, slots=True)
class Row:
    """One family, or a whole question when `family` is empty; a tally for each run, in their order."""

    question: str
    family: str
    tallies: tuple[Tally, ...]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The table, how many checks all runs have, and what makes it doubtful."""

    rows: tuple[Row, ...]
    shared: int
    doubts: tuple[str, ...]


def side_by_side(runs: Sequence[RunResult]) -> SideBySide:
    """Return the table of `runs`, without rows that no run has checks of."""
    names = [{check.check for check in run.checks} for run in runs]
    shared = set.intersection(*names) if names else set()
    return SideBySide(tuple(_rows(runs)), len(shared), tuple(_doubts(runs, len(shared), len(set[str]().union(*names)))))


def _rows(runs: Sequence[RunResult]) -> Iterator[Row]:
    known = {family for families in QUESTIONS.values() for family in families}
    own = sorted({_family(check) for run in runs for check in run.checks} - known)
    for question, families in {**QUESTIONS, _OWN: tuple(own)}.items():
        whole = Row(question, "", _tallies(runs, families))
        parts = [Row(question, family, _tallies(runs, (family,))) for family in families]
        if found := [row for row in parts if any(tally.checks for tally in row.tallies)]:
            yield whole
            yield from found


def _tallies(runs: Sequence[RunResult], families: tuple[str, ...]) -> tuple[Tally, ...]:
    return tuple(tally([check for check in run.checks if _family(check) in families]) for run in runs)


def tally(checks: Sequence[CheckResult]) -> Tally:
    """Count `checks` and name the requirements that do not hold."""
    verdicts = [check.verdict for check in checks]
    hard = {check.requirement for check in checks if check.verdict is Verdict.FAIL}
    soft = {check.requirement for check in checks if check.verdict in _NOT_HELD} - hard
    return Tally(
        passed=verdicts.count(Verdict.PASS),
        failed=sum(verdict in _NOT_HELD for verdict in verdicts),
        not_claimed=verdicts.count(Verdict.NOT_CLAIMED),
        inconclusive=sum(verdict in _NOT_JUDGED for verdict in verdicts),
        failing=tuple(f"({name})" if name in soft else name for name in sorted(hard | soft)),
    )


def _family(check: CheckResult) -> str:
    return check.requirement.partition("-")[0]


def _doubts(runs: Sequence[RunResult], shared: int, every: int) -> Iterator[str]:
    if not shared:
        yield "the runs have no check in common"
    elif shared < every:
        yield f"the runs differ in their selection: {shared} of {every} checks are in all of them"
    if len(suites := sorted({run.suite_version for run in runs})) > 1:
        yield f"judged by different suites: {', '.join(suites)}"
    if len(ehrs := sorted({run.target.ehr for run in runs})) > 1:
        yield f"in front of different EHRs: {', '.join(ehrs)}"
