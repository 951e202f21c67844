"""Teeth, sampled: one defect a family is let loose and the checks that name it must notice."""

from __future__ import annotations

from gauntlet import places
from gauntlet.checklist import list_checks
from gauntlet.defects import list_defects
from gauntlet.run import Request
from gauntlet.teeth import Matrix, plan_of, run_teeth
from gauntlet.verdict import Outcome

SAMPLE = (
    "accepts-anonymous",
    "ignores-scope-type",
    "token-per-request",
    "delivers-outcome-entries",
    "widens-repeated-patient",
    "passes-drifted-payload",
    "no-idempotency",
    "no-retry-after",
    "ignores-retry-after",
    "audit-skips-refusals",
    "name-in-error-body",
    "off-by-an-hour-in-the-overlap",
)


def test_every_check_names_a_defect_of_its_own_requirement():
    breaks = {defect.name: defect.breaks for defect in list_defects()}
    strangers = [
        f"{item['check']} ({item['requirement']}): {', '.join(item['tripped_by'])}"
        for item in list_checks()
        if all(breaks[name] != item["requirement"] for name in item["tripped_by"])
    ]
    assert not strangers


def test_sampled_defects_are_caught(tmp_path):
    plan = plan_of(list_checks(), SAMPLE)
    assert set(plan) == set(SAMPLE)
    done: list[str] = []

    def report(defect: str, _matrix: Matrix) -> None:
        done.append(defect)

    selection = tuple(sorted({check for checks in plan.values() for check in checks}))
    request = Request(target=places.bundled("targets") / "reference.toml", out=tmp_path, only=selection, whole=True)
    places_of = {item.name: places.bundled("targets") / f"{item.target}.toml" for item in list_defects()}
    matrix = run_teeth(plan, request, jobs=2, report=report, targets=places_of)
    assert sorted(done) == sorted(SAMPLE)
    assert not [f"{bite.check} on {bite.defect}: {bite.verdict} {bite.reason}" for bite in matrix.toothless]
    assert matrix.honest is Outcome.CONFORMANT, matrix.honest_failures
