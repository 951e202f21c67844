"""Certificate profiles: which of them a run bears out."""

from __future__ import annotations

from collections.abc import Sequence

from gauntlet.requirement import Catalogue
from gauntlet.result import CheckResult, ProfileResult
from gauntlet.verdict import Judged, Outcome, Verdict, outcome


def judge_profiles(
    catalogue: Catalogue,
    results: Sequence[CheckResult],
    claims: Sequence[str],
    deselected: Sequence[str],
    missing: int,
) -> list[ProfileResult]:
    """Return one result per profile. `deselected` holds requirement ids of checks that were left out on purpose."""
    return [
        _profile(name, features, catalogue, results, claims, deselected, missing)
        for name, features in catalogue.profiles.items()
    ]


def _profile(
    name: str,
    features: tuple[str, ...],
    catalogue: Catalogue,
    results: Sequence[CheckResult],
    claims: Sequence[str],
    deselected: Sequence[str],
    missing: int,
) -> ProfileResult:
    musts = {row.id for row in catalogue.requirements.values() if row.feature in features and row.level == "MUST"}
    ours = [result for result in results if result.feature in features]
    ran = {result.requirement for result in ours if result.verdict not in (Verdict.NOT_CLAIMED, Verdict.INCONCLUSIVE)}
    unclaimed = [feature for feature in features if feature not in claims]
    left_out = sum(catalogue.requirements[item].feature in features for item in deselected)
    found = outcome([Judged(r.verdict, r.level, r.feature) for r in ours], deselected=left_out, missing=missing)
    if unclaimed and found is Outcome.CONFORMANT:
        found = Outcome.PARTIAL
    return ProfileResult(
        name=name,
        outcome=found,
        reason=f"does not claim {', '.join(unclaimed)}" if unclaimed else _reason(found, ours),
        features=list(features),
        claimed=not unclaimed,
        musts=len(musts),
        musts_tested=len(musts & ran),
    )


def _reason(found: Outcome, results: Sequence[CheckResult]) -> str:
    failed = sorted({result.requirement for result in results if result.verdict is Verdict.FAIL})
    if failed:
        return "fails " + ", ".join(failed)
    unclear = sorted({result.requirement for result in results if result.verdict is Verdict.INCONCLUSIVE})
    if unclear:
        return "could not judge " + ", ".join(unclear)
    return "every check of its features passed" if found is Outcome.CONFORMANT else "something was left out"
