"""What a certificate says, as a pure function of a run's results, and why a run may not be certified."""

from __future__ import annotations

from collections import Counter
from typing import Any

from gauntlet.applicability import left_out, not_applicable, unclaimed_options
from gauntlet.certificate.soundness import problems
from gauntlet.result import RunResult
from gauntlet.verdict import Outcome, Verdict

_WORST_FIRST = (
    Verdict.ERROR,
    Verdict.FAIL,
    Verdict.INCONCLUSIVE,
    Verdict.WAIVED,
    Verdict.WARN,
    Verdict.PASS,
    Verdict.NOT_CLAIMED,
)


def statement(run: RunResult) -> dict[str, Any]:
    """Return what a certificate of `run` says; plain values, ready for JSON."""
    counts = Counter(check.verdict.value for check in run.checks)
    return {
        "gateway": {"name": run.target.name, "vendor": run.target.vendor, "version": run.target.version},
        "ehr": run.target.ehr,
        "claims": list(run.target.claims),
        "certified": certified(run),
        "profiles": {profile.name: profile.outcome.value for profile in run.profiles},
        "run": {
            "id": run.run_id,
            "started": run.started,
            "seed": run.seed,
            "suite_version": run.suite_version,
            "outcome": run.outcome.value,
            "checks": dict(sorted(counts.items())),
        },
        "requirements": requirement_verdicts(run),
        "not_applicable": not_applicable(run.requirements, run.target.ehr),
        "not_claimed": unclaimed_options(run),
        "waived": [
            {"check": check.check, "requirement": check.requirement, "level": check.level, "waiver": check.waiver}
            for check in run.checks
            if check.verdict is Verdict.WAIVED
        ],
    }


def certified(run: RunResult) -> list[str]:
    """Return the profiles that the run bears out: claimed as a whole, and conformant."""
    return [item.name for item in run.profiles if item.claimed and item.outcome is Outcome.CONFORMANT]


def requirement_verdicts(run: RunResult) -> dict[str, str]:
    """Return each requirement's worst verdict; "not-tested" for a row without a check, or "not-applicable"."""
    foreign = not_applicable(run.requirements, run.target.ehr)
    found: dict[str, set[Verdict]] = {}
    for check in run.checks:
        found.setdefault(check.requirement, set()).add(check.verdict)
    return {
        row.id: "not-applicable"
        if row.id in foreign
        else next((v.value for v in _WORST_FIRST if v in found.get(row.id, set())), "not-tested")
        for row in run.requirements
    }


def obstacles(run: RunResult) -> list[str]:
    """Return why `run` cannot be certified, one sentence each; an empty list means that it can."""
    found = []
    if run.outcome is Outcome.PARTIAL or run.deselected:
        found += _partial(run)
    elif run.outcome is not Outcome.CONFORMANT:
        found.append(f"the run is {run.outcome}: {run.reason}")
    found += [problem.message for problem in problems(run)]
    if not found and not certified(run):
        found.append(_no_profile(run))
    return found


def _partial(run: RunResult) -> list[str]:
    unjudged = left_out(run)
    rows = sorted(set(unjudged))
    found = []
    if run.deselected > len(unjudged):
        count = run.deselected - len(unjudged)
        found.append(f"the run is partial: {count} checks were left out, a certificate needs all of them")
    if rows:
        found.append(
            f"the run is partial: this suite has no check yet that judges {len(rows)} of the claimed requirements "
            f"behind {run.target.ehr}, so nothing of them was run: {', '.join(rows)}"
        )
    return found or ["the run is partial, a certificate needs everything"]


def _no_profile(run: RunResult) -> str:
    waived = sorted({c.requirement for c in run.checks if c.verdict is Verdict.WAIVED and c.level == "MUST"})
    if waived:
        return f"no profile is borne out: {', '.join(waived)} is waived, and a profile says that every MUST holds"
    reasons = "; ".join(f"{profile.name}: {profile.reason}" for profile in run.profiles)
    return f"no profile is borne out ({reasons or 'the suite has none'})"
