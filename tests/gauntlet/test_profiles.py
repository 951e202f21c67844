import pytest

from gauntlet.profiles import judge_profiles
from gauntlet.verdict import Outcome, Verdict
from tests.gauntlet.samples import catalogue, result

CLAIMS = ("core", "write", "load")
ALL = ("CON-01", "CON-02", "CON-03", "IDE-01", "IDE-02", "LOD-01")

TESTED_HOLD = "every tested MUST of its features holds"


def profiles(results, claims=CLAIMS, deselected=(), missing=()):
    found = judge_profiles(catalogue(), results, claims, deselected, missing, "epic")
    return {profile.name: profile for profile in found}


def everything(**verdicts):
    return [result(row, verdicts.get(row.replace("-", ""), Verdict.PASS)) for row in ALL]


def test_all_passed():
    found = profiles(everything())
    assert {name: item.outcome for name, item in found.items()} == dict.fromkeys(found, Outcome.CONFORMANT)
    assert {item.reason for item in found.values()} == {TESTED_HOLD}
    assert [(item.musts, item.musts_tested) for item in found.values()] == [(2, 2), (3, 3), (3, 3)]


@pytest.mark.parametrize(
    ("results", "outcomes", "reason"),
    [
        pytest.param(everything(IDE01=Verdict.FAIL), "c n c", "fails IDE-01", id="a failure hits its profile only"),
        pytest.param(everything(CON03=Verdict.FAIL), "n n n", "fails CON-03", id="a core failure hits all"),
        pytest.param(everything(IDE01=Verdict.ERROR), "c e c", "the harness failed at IDE-01", id="our error"),
        pytest.param(everything(IDE02=Verdict.INCONCLUSIVE), "c i c", "could not judge IDE-02", id="unclear"),
        pytest.param(everything(IDE01=Verdict.WAIVED), "c p c", "waived: IDE-01", id="a waived MUST does not hold"),
        pytest.param(everything(IDE02=Verdict.WAIVED), "c c c", TESTED_HOLD, id="waived SHOULD"),
        pytest.param(everything(IDE02=Verdict.WARN), "c c c", TESTED_HOLD, id="a warning"),
    ],
)
def test_one_result_is_not_a_pass(results, outcomes, reason):
    found = profiles(results)
    assert " ".join(item.outcome.value[0] for item in found.values()) == outcomes
    assert found["read-write"].reason == reason


def test_a_failure_is_told_before_an_unclear_result():
    found = profiles(everything(IDE01=Verdict.FAIL, CON01=Verdict.INCONCLUSIVE))
    assert found["read-write"].outcome is Outcome.NON_CONFORMANT
    assert found["read-write"].reason == "fails IDE-01"


def test_an_unclaimed_feature_makes_its_profile_partial():
    found = profiles(everything(IDE01=Verdict.NOT_CLAIMED, IDE02=Verdict.NOT_CLAIMED), claims=("core", "load"))
    assert found["read-write"].outcome is Outcome.PARTIAL
    assert not found["read-write"].claimed
    assert found["read-write"].reason == "does not claim write"
    assert found["read-write"].musts_tested == 2
    assert found["read-only"].outcome is Outcome.CONFORMANT


def test_an_unclaimed_feature_does_not_hide_a_failure():
    found = profiles(everything(IDE01=Verdict.NOT_CLAIMED, CON01=Verdict.FAIL), claims=("core",))
    assert found["read-write"].outcome is Outcome.NON_CONFORMANT
    assert found["read-write"].reason == "fails CON-01"


def test_what_was_left_out_makes_its_profiles_partial():
    found = profiles([result("LOD-01")], deselected=["CON-01", "CON-03", "IDE-01"])
    assert found["sustained"].outcome is Outcome.PARTIAL  # load alone, without a single read, proves no profile
    assert found["sustained"].reason == "something was left out"
    assert (found["sustained"].musts, found["sustained"].musts_tested) == (3, 1)
    assert found["read-only"].outcome is Outcome.INCONCLUSIVE


def test_a_row_without_a_result_makes_its_profiles_inconclusive():
    found = profiles(everything(), missing=["IDE-01"])
    assert " ".join(item.outcome.value[0] for item in found.values()) == "c i c"
    assert found["read-write"].reason == "the run was cut short, or no check of a MUST passed"


def test_a_run_cut_short_bears_out_nothing():
    found = profiles(everything(), missing=list(catalogue().requirements))
    assert {item.outcome for item in found.values()} == {Outcome.INCONCLUSIVE}


@pytest.mark.parametrize("verdict", [Verdict.NOT_CLAIMED, Verdict.INCONCLUSIVE, Verdict.ERROR])
def test_a_check_that_judged_nothing_does_not_count_as_tested(verdict):
    assert profiles(everything(CON01=verdict))["read-only"].musts_tested == 1


def test_nothing_run():
    found = profiles([])
    assert {item.outcome for item in found.values()} == {Outcome.INCONCLUSIVE}
