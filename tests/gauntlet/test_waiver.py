import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gauntlet.target_model import Waiver
from gauntlet.verdict import Judged, Outcome, Verdict, outcome
from gauntlet.waiver import apply_waivers
from tests.gauntlet.samples import TODAY, check_id, result, waiver

DAY = dt.timedelta(days=1)
FAILS, OTHER = check_id("CON-01"), check_id("CON-03")


def waivers(*items):
    return [Waiver.model_validate(item) for item in items]


@pytest.mark.parametrize(
    ("verdict", "becomes", "problem"),
    [
        (Verdict.FAIL, Verdict.WAIVED, None),
        (Verdict.WARN, Verdict.WAIVED, None),
        (Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE, None),
        (Verdict.ERROR, Verdict.ERROR, None),
        (Verdict.PASS, Verdict.PASS, "is not needed: its verdict is pass; remove it"),
        (Verdict.NOT_CLAIMED, Verdict.NOT_CLAIMED, "is not needed: its verdict is not-claimed; remove it"),
    ],
)
def test_waiver_of_each_verdict(verdict, becomes, problem):
    results, problems = apply_waivers([result("CON-01", verdict)], waivers(waiver(FAILS)), [FAILS], TODAY)
    assert results[0].verdict is becomes
    assert problems == ([] if problem is None else [f"the waiver of {FAILS} {problem}"])


def test_a_waived_check_says_who_and_why_and_until_when():
    results, _ = apply_waivers([result("CON-01", Verdict.FAIL)], waivers(waiver(FAILS)), [FAILS], TODAY)
    assert results[0].waiver == f"waived by jane@example.org until {TODAY}: known, being mended"
    assert results[0].reason == "reason of CON-01"


@pytest.mark.parametrize(("days", "valid"), [(-1, False), (0, True), (1, True)])
def test_a_waiver_is_valid_on_its_last_day(days, valid):
    given_waiver = waivers(waiver(FAILS, TODAY + days * DAY))
    results, problems = apply_waivers([result("CON-01", Verdict.FAIL)], given_waiver, [FAILS], TODAY)
    assert (results[0].verdict is Verdict.WAIVED) is valid
    assert bool(problems) is not valid


def test_an_expired_waiver_is_named_with_its_owner_whatever_the_check_did():
    expired = waivers(waiver(FAILS, TODAY - DAY))
    for verdict in Verdict:
        results, problems = apply_waivers([result("CON-01", verdict)], expired, [FAILS], TODAY)
        assert problems == [f"the waiver of {FAILS} expired on {TODAY - DAY} (owner jane@example.org)"]
        assert results[0].verdict is verdict


def test_an_unknown_check_is_named_with_the_closest_one():
    wrong = FAILS.replace("con_01", "con_10")
    _, problems = apply_waivers([result("CON-01")], waivers(waiver(wrong)), [FAILS], TODAY)
    assert problems == [f"the waiver names the unknown check {wrong!r}; did you mean {FAILS!r}?"]


def test_a_waiver_of_a_check_that_was_left_out_is_left_alone():
    assert apply_waivers([result("CON-03")], waivers(waiver(FAILS)), [FAILS, OTHER], TODAY)[1] == []


def test_nothing_is_unknown_in_a_run_that_was_cut_short():
    assert apply_waivers([], waivers(waiver(FAILS)), None, TODAY) == ([], [])


def test_a_waiver_covers_its_check_alone():
    failures = [result("CON-01", Verdict.FAIL), result("CON-01", Verdict.FAIL, 2), result("CON-03", Verdict.FAIL)]
    known = [item.check for item in failures]
    results, problems = apply_waivers(failures, waivers(waiver(FAILS)), known, TODAY)
    assert [item.verdict for item in results] == [Verdict.WAIVED, Verdict.FAIL, Verdict.FAIL]
    assert problems == []


def test_a_waiver_is_no_pattern():
    wide = waivers(waiver("family/"), waiver("*"))
    results, problems = apply_waivers([result("CON-01", Verdict.FAIL)], wide, [FAILS], TODAY)
    assert results[0].verdict is Verdict.FAIL
    assert len(problems) == 2


@given(
    st.lists(st.sampled_from(Verdict), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(1, 6), st.integers(-2, 2)), max_size=4),
)
def test_waivers_alone_never_make_a_run_conformant(verdicts, chosen):
    """Without a MUST that passed by itself, no set of waivers turns a run conformant."""
    results = [result("CON-01", verdict, number) for number, verdict in enumerate(verdicts, 1)]
    given_waivers = waivers(*(waiver(check_id("CON-01", number), TODAY + days * DAY) for number, days in chosen))
    after, problems = apply_waivers(results, given_waivers, [item.check for item in results], TODAY)
    found = outcome([Judged(item.verdict, item.level, item.feature) for item in after], deselected=0)
    assert found is not Outcome.CONFORMANT or Verdict.PASS in verdicts
    left = [item.verdict for item in after].count(Verdict.FAIL)
    assert left or Verdict.FAIL not in verdicts or found is not Outcome.NON_CONFORMANT
    needless = {number for number, _ in chosen if number > len(verdicts) or verdicts[number - 1] is Verdict.PASS}
    assert problems or not needless
