from dataclasses import replace

import pytest

from gauntlet.gate import judge, told
from gauntlet.verdict import Verdict
from tests.gauntlet.certificate.certified import run_of
from tests.gauntlet.samples import check_id, result, waiver

HONEST = run_of()
FAILS = run_of(result("CON-01", Verdict.FAIL))
FAILS_TWICE = run_of(result("CON-01", Verdict.FAIL), result("CON-03", Verdict.FAIL))
UNCLEAR = run_of(result("CON-03", Verdict.INCONCLUSIVE))
BROKEN = run_of(result("CON-03", Verdict.ERROR))
NOT_NEEDED = run_of(waivers=(waiver(check_id("CON-01")),))
UNCLAIMED = run_of(result("IDE-01", Verdict.NOT_CLAIMED))


@pytest.mark.parametrize(
    ("run", "baseline", "new_only", "code"),
    [
        (HONEST, None, False, 0),
        (FAILS, None, False, 1),
        (UNCLEAR, None, False, 3),
        (BROKEN, None, False, 4),
        (NOT_NEEDED, None, False, 1),
        (FAILS, FAILS, False, 1),
        (FAILS, FAILS, True, 0),
        (FAILS_TWICE, FAILS, True, 1),
        (FAILS, FAILS_TWICE, True, 0),
        (HONEST, FAILS, True, 0),
        (UNCLEAR, FAILS, True, 3),
        (UNCLEAR, UNCLEAR, True, 3),
        (BROKEN, BROKEN, True, 4),
        (NOT_NEEDED, NOT_NEEDED, True, 1),
        (run_of(result("CON-01", Verdict.FAIL), result("CON-03", Verdict.INCONCLUSIVE)), FAILS, True, 3),
        (run_of(result("CON-01", Verdict.FAIL), waivers=(waiver(check_id("CON-03")),)), FAILS, True, 1),
        (UNCLAIMED, None, False, 0),
        (UNCLAIMED, HONEST, False, 1),
        (UNCLAIMED, run_of(result("IDE-01", Verdict.FAIL)), True, 1),
        (UNCLAIMED, UNCLAIMED, True, 0),
    ],
)
def test_decisions(run, baseline, new_only, code):
    assert judge(run, baseline, new_only=new_only).exit_code == code


def test_everything_known_to_fail_proves_nothing():
    every = [result(row, Verdict.FAIL) for row in ("CON-01", "CON-02", "CON-03", "IDE-01", "IDE-02", "LOD-01")]
    run = run_of(*every)
    assert judge(run, run, new_only=True).exit_code == 3


def test_what_it_tells():
    gate = judge(FAILS_TWICE, FAILS, new_only=True)
    assert told(gate) == [
        f"new failure: CON-03 {check_id('CON-03')}",
        f"known failure: CON-01 {check_id('CON-01')}",
        "gate closed",
    ]
    assert told(judge(HONEST, FAILS, new_only=True)) == [f"mended: CON-01 {check_id('CON-01')}", "gate open"]
    assert told(judge(UNCLAIMED, HONEST, new_only=False))[0] == f"no longer claimed: IDE-01 {check_id('IDE-01')}"


def test_what_makes_a_baseline_doubtful():
    other = replace(
        HONEST,
        seed=8,
        suite_version="0",
        target=replace(HONEST.target, name="H"),
        checks=HONEST.checks[1:],
    )
    assert judge(HONEST, other, new_only=False).notes == [
        "the baseline is of another gateway: H",
        "the baseline was judged by suite 0, this run by 0.1.0",
        "the baseline has seed 8, this run 7",
        "1 checks are not in the baseline: a failure among them counts as new",
    ]
