from dataclasses import replace

import pytest

from gauntlet.applicability import applies, judged_elsewhere, left_out, not_applicable
from gauntlet.assembly import Circumstances, Record, assemble
from gauntlet.verdict import Verdict
from tests.gauntlet.samples import ROWS, STARTED, catalogue, described, result, target

ELSEWHERE = {"verdict": Verdict.NOT_CLAIMED, "reason": "the target's EHR is epic: this check judges by another"}


def table(**behind):
    """The small table with `behind` for some rows, by id without its dash."""
    rows = {i: replace(row, behind=behind.get(i.replace("-", ""), ())) for i, row in catalogue().requirements.items()}
    return replace(catalogue(), requirements=rows)


def run_of(requirements, *results):
    checks = {item.requirement: item for item in (*map(result, ROWS), *results)}
    record = Record(collected=[described(row) for row in ROWS], deselected=[], results=[*checks.values()], ended=True)
    return assemble(record, target(), requirements, Circumstances("r", STARTED, 1.0, "1", 7, "c"))


@pytest.mark.parametrize(("behind", "found"), [((), True), (("epic",), True), (("allscripts",), False)])
def test_a_row_applies_behind_the_ehrs_that_it_names(behind, found):
    assert applies(table(CON01=behind).requirements["CON-01"], "epic") is found


def test_what_another_vendors_ehr_has_is_not_applicable_with_a_reason():
    run = run_of(table(CON03=("allscripts",)), result("CON-03", **ELSEWHERE))
    assert not_applicable(run.requirements, "epic") == {"CON-03": "applies only behind allscripts"}
    assert left_out(run) == []
    assert {profile.name: profile.musts for profile in run.profiles}["read-only"] == 1


def test_what_no_check_can_judge_here_is_left_out_and_never_not_applicable():
    run = run_of(table(), result("CON-03", **ELSEWHERE))
    assert not_applicable(run.requirements, "epic") == {}
    assert (left_out(run), run.deselected) == (["CON-03"], 1)


def test_a_row_that_another_check_judged_is_not_left_out():
    checks = [result("CON-01"), result("CON-01", number=2, **ELSEWHERE)]
    assert judged_elsewhere(checks, ["core"]) == []
    assert judged_elsewhere(checks[1:], ["core"]) == ["CON-01"]
    assert judged_elsewhere(checks[1:], ["write"]) == []
