"""The gate of a pipeline: pure. Quiet unless something is wrong, and never quiet about what got worse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gauntlet.certificate.soundness import uncovered
from gauntlet.result import CheckResult, RunResult
from gauntlet.verdict import ExitCode, Judged, Outcome, Verdict, exit_code, outcome
from gauntlet.waiver import problems_in

_HELD = (Verdict.PASS, Verdict.WARN, Verdict.WAIVED)


@dataclass(frozen=True, slots=True)
class Gate:
    """What the gate says: its exit code, and the checks by how they compare with the baseline."""

    exit_code: int
    new: list[CheckResult]  # fail, and did not fail before
    known: list[CheckResult]  # fail as before
    gone: list[CheckResult]  # were judged before, and are not claimed any more
    mended: list[CheckResult]  # failed before, and hold now
    notes: list[str]

    @property
    def is_open(self) -> bool:
        """Whether the change may pass."""
        return self.exit_code == ExitCode.CONFORMANT


def judge(run: RunResult, baseline: RunResult | None, *, new_only: bool) -> Gate:
    """Judge a run at the gate.

    Without a baseline the run's own verdict decides. With one, a claim that was withdrawn closes the gate, too: it
    would hide a failure. With `new_only` failures that the baseline has as well do not close it; everything else
    does, as it would without: waivers that expired or are not needed, what could not be judged, and nothing run.
    """
    before = {check.check: check for check in baseline.checks} if baseline else {}
    failed = [check for check in run.checks if check.verdict is Verdict.FAIL]
    known = [check for check in failed if _verdict(before, check) is Verdict.FAIL]
    new = [check for check in failed if check not in known]
    gone = [c for c in run.checks if c.verdict is Verdict.NOT_CLAIMED and _verdict(before, c) in (*_HELD, Verdict.FAIL)]
    mended = [c for c in run.checks if c.verdict in _HELD and _verdict(before, c) is Verdict.FAIL]
    code = _without_known(run, known) if new_only and baseline else run.exit_code
    if gone and code != ExitCode.HARNESS_ERROR:
        code = ExitCode.NON_CONFORMANT
    return Gate(code, new, known, gone, mended, _notes(run, baseline, before))


def _verdict(before: Mapping[str, CheckResult], check: CheckResult) -> Verdict | None:
    return before[check.check].verdict if check.check in before else None


def _without_known(run: RunResult, known: Sequence[CheckResult]) -> int:
    """Return the exit code that the run would have if the known failures were waived."""
    if run.outcome is not Outcome.NON_CONFORMANT:
        return run.exit_code
    if problems_in(run.notes):
        return ExitCode.NON_CONFORMANT
    forgiven = {check.check for check in known}
    judged = [
        Judged(Verdict.WAIVED if check.check in forgiven else check.verdict, check.level, check.feature)
        for check in run.checks
    ]
    return exit_code(outcome(judged, deselected=run.deselected, missing=len(uncovered(run))))


def _notes(run: RunResult, baseline: RunResult | None, before: Mapping[str, CheckResult]) -> list[str]:
    if baseline is None:
        return []
    notes = []
    if baseline.target.name != run.target.name:
        notes.append(f"the baseline is of another gateway: {baseline.target.name}")
    if baseline.suite_version != run.suite_version:
        notes.append(f"the baseline was judged by suite {baseline.suite_version}, this run by {run.suite_version}")
    if baseline.seed != run.seed:
        notes.append(f"the baseline has seed {baseline.seed}, this run {run.seed}")
    strange = sum(check.check not in before for check in run.checks)
    if strange:
        notes.append(f"{strange} checks are not in the baseline: a failure among them counts as new")
    return notes


def told(gate: Gate) -> list[str]:
    """Return what the gate says, line by line; the last line is the decision."""
    lines = [f"note: {note}" for note in gate.notes]
    for name, checks in (
        ("new failure", gate.new),
        ("no longer claimed", gate.gone),
        ("known failure", gate.known),
        ("mended", gate.mended),
    ):
        lines += [f"{name}: {check.requirement} {check.check}" for check in checks]
    return [*lines, f"gate {'open' if gate.is_open else 'closed'}"]
