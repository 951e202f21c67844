"""Certificate profiles: which of them a run bears out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gauntlet.applicability import applies
from gauntlet.requirement import Catalogue
from gauntlet.result import CheckResult, ProfileResult
from gauntlet.verdict import Judged, Outcome, Verdict, outcome

_NOT_JUDGED = frozenset({Verdict.NOT_CLAIMED, Verdict.INCONCLUSIVE, Verdict.ERROR})
_TELLING = (
    (Verdict.FAIL, "fails"),
    (Verdict.ERROR, "the harness failed at"),
    (Verdict.INCONCLUSIVE, "could not judge"),
)
_IN_GENERAL = {
    Outcome.CONFORMANT: "every tested MUST of its features holds",
    Outcome.PARTIAL: "something was left out",
}


def judge_profiles(
    catalogue: Catalogue,
    results: Sequence[CheckResult],
    claims: Sequence[str],
    deselected: Sequence[str],
    missing: Sequence[str],
    ehr: str,
) -> list[ProfileResult]:
    """Return one result per profile for a gateway in front of the vendor `ehr`; rows of other vendors' EHRs are none.

    `deselected` holds requirement ids of checks that were left out on purpose, `missing` those that have no check or
    may have left no result. A profile says that its MUST rows hold: one that is waived makes it partial.
    """
    rows = {row.id: row for row in catalogue.requirements.values() if applies(row, ehr)}
    here = replace(catalogue, requirements=rows)
    left_out, absent = ([item for item in items if item in rows] for items in (deselected, missing))
    return [
        _profile(name, features, here, results, claims, left_out, absent)
        for name, features in catalogue.profiles.items()
    ]


def _profile(
    name: str,
    features: tuple[str, ...],
    catalogue: Catalogue,
    results: Sequence[CheckResult],
    claims: Sequence[str],
    deselected: Sequence[str],
    missing: Sequence[str],
) -> ProfileResult:
    musts = {row.id for row in catalogue.requirements.values() if row.feature in features and row.level == "MUST"}
    ours = [result for result in results if result.feature in features]
    ran = {result.requirement for result in ours if result.verdict not in _NOT_JUDGED}
    unclaimed = [feature for feature in features if feature not in claims]
    left_out = sum(catalogue.requirements[item].feature in features for item in deselected)
    absent = sum(item in musts for item in missing)
    found = outcome([Judged(r.verdict, r.level, r.feature) for r in ours], deselected=left_out, missing=absent)
    if found is Outcome.CONFORMANT and (unclaimed or _waived_musts(ours)):
        found = Outcome.PARTIAL
    return ProfileResult(
        name=name,
        outcome=found,
        reason=_reason(found, ours, unclaimed),
        features=list(features),
        claimed=not unclaimed,
        musts=len(musts),
        musts_tested=len(musts & ran),
    )


def _waived_musts(results: Sequence[CheckResult]) -> list[str]:
    return sorted({r.requirement for r in results if r.verdict is Verdict.WAIVED and r.level == "MUST"})


def _reason(found: Outcome, results: Sequence[CheckResult], unclaimed: Sequence[str]) -> str:
    for verdict, what in _TELLING:
        rows = sorted({result.requirement for result in results if result.verdict is verdict})
        if rows:
            return f"{what} {', '.join(rows)}"
    if unclaimed:
        return f"does not claim {', '.join(unclaimed)}"
    if found is Outcome.PARTIAL and (waived := _waived_musts(results)):
        return f"waived: {', '.join(waived)}"
    return _IN_GENERAL.get(found, "the run was cut short, or no check of a MUST passed")
