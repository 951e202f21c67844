from dataclasses import replace

import pytest

from gauntlet.golden import Traced, compare, from_json, suite_trace, to_json, with_steps
from gauntlet.verdict import Verdict
from tests.gauntlet.samples import result

NAME = "security/test_a.py::test_a[none]"
STEPS = ["sends GET Patient", "control x2", "mutation refused with 401 x2", "fault storm-429 took effect"]
WAS = Traced("AUT-01", ["accepts-anonymous", "skips-expiry"], {"expect.status": 2}, STEPS)
NOW = replace(WAS, steps=[])


def ran(steps, verdict=Verdict.PASS):
    return result("CON-01", verdict, check=NAME, steps=steps)


def test_the_same_suite_and_the_same_run():
    found = compare({NAME: WAS}, {NAME: NOW}, [ran(STEPS)])
    assert found.same
    assert found.compared == 1


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({}, "is not collected any more"),
        ({NAME: replace(NOW, requirement="AUT-02")}, "judged AUT-01, and judges AUT-02 now"),
        ({NAME: replace(NOW, tripped_by=["skips-expiry"])}, "no longer tripped by accepts-anonymous"),
        ({NAME: replace(NOW, calls={"expect.status": 1})}, "expect.status stands in it 1 times, and was 2"),
        ({NAME: replace(NOW, calls={})}, "expect.status stands in it 0 times, and was 2"),
    ],
)
def test_what_vanished_from_the_suite_is_named(now, said):
    (line,) = compare({NAME: WAS}, now).gone
    assert line.startswith(f"{NAME}: ")
    assert said in line


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([*STEPS[:2], STEPS[3]], "did not do it any more: mutation refused with 401"),
        ([STEPS[0], "control", *STEPS[2:]], "control: 1 times, and was 2"),
        (STEPS[:3], "did not do it any more: fault storm-429 took effect"),
        ([], "did not do it any more: sends GET Patient"),
        ([STEPS[0], STEPS[3], *STEPS[1:3]], "'fault storm-429 took effect' comes before 'control' now"),
    ],
)
def test_what_a_run_did_not_do_is_named(steps, said):
    found = compare({NAME: WAS}, {NAME: NOW}, [ran(steps)])
    assert said in found.gone[0]
    assert len(found.gone) == (4 if not steps else 1)


def test_more_than_before_is_no_loss():
    more = replace(NOW, tripped_by=[*NOW.tripped_by, "z"], calls={"expect.status": 3, "expect.that": 1})
    found = compare({NAME: WAS}, {NAME: more, "new": NOW}, [ran(["asks the log", *STEPS, "asks the metrics"])])
    assert found.gone == []
    assert found.new == ["new"]


@pytest.mark.parametrize("verdict", [Verdict.INCONCLUSIVE, Verdict.FAIL, Verdict.ERROR])
def test_a_check_that_did_not_pass_is_not_compared(verdict):
    found = compare({NAME: WAS}, {NAME: NOW}, [ran([], verdict)])
    assert found.same
    assert found.compared == 0
    assert len(found.not_compared) == 1


def test_steps_of_a_run_are_kept_until_another_run_has_them():
    suite = suite_trace(
        [{"check": NAME, "requirement": "AUT-01", "tripped_by": ["skips-expiry", "accepts-anonymous"]}],
        {"security/test_a.py::test_a": {"expect.status": 2}},
    )
    assert suite == {NAME: NOW}
    assert with_steps(suite, {}, [ran(STEPS)]) == {NAME: WAS}
    assert with_steps(suite, {NAME: WAS}, []) == {NAME: WAS}
    assert with_steps(suite, {NAME: WAS}, [ran(["control"])])[NAME].steps == ["control"]
    assert with_steps(suite, {NAME: WAS}, [ran(["control"], Verdict.FAIL)]) == {NAME: WAS}
    assert from_json(to_json({NAME: WAS})) == {NAME: WAS}
