from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gauntlet.verdict import ExitCode, Judged, Outcome, Verdict, exit_code, graded, outcome

MUST_PASS = Judged(Verdict.PASS, "MUST", "core")
LEVELS = ("MUST", "SHOULD")
judged = st.builds(Judged, st.sampled_from(Verdict), st.sampled_from(LEVELS), st.sampled_from(["core", "write"]))
runs = st.lists(judged, max_size=12)
counts = st.integers(0, 3)


@pytest.mark.parametrize(
    ("failed", "level", "verdict"),
    [
        (False, "MUST", Verdict.PASS),
        (False, "SHOULD", Verdict.PASS),
        (True, "MUST", Verdict.FAIL),
        (True, "SHOULD", Verdict.WARN),
        (True, "must", Verdict.FAIL),  # a level that is not one is never the lenient one
        (True, "", Verdict.FAIL),
    ],
)
def test_graded(failed, level, verdict):
    assert graded(failed, level) is verdict


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (Outcome.CONFORMANT, 0),
        (Outcome.NON_CONFORMANT, 1),
        (Outcome.INCONCLUSIVE, 3),
        (Outcome.PARTIAL, 3),
        (Outcome.ERROR, 4),
    ],
)
def test_exit_codes(found, code):
    assert exit_code(found) == code


def test_every_outcome_has_an_exit_code_and_only_conformant_is_zero():
    assert [found for found in Outcome if exit_code(found) == 0] == [Outcome.CONFORMANT]
    assert [found for found in Outcome if exit_code(found) == 1] == [Outcome.NON_CONFORMANT]
    assert ExitCode.USAGE not in {exit_code(found) for found in Outcome}


@pytest.mark.parametrize(
    ("verdicts", "deselected", "missing", "found"),
    [
        pytest.param("", 0, 0, Outcome.INCONCLUSIVE, id="nothing run"),
        pytest.param("", 5, 0, Outcome.INCONCLUSIVE, id="nothing run, all left out"),
        pytest.param("MUST pass", 0, 0, Outcome.CONFORMANT, id="one MUST passed"),
        pytest.param("SHOULD pass", 0, 0, Outcome.INCONCLUSIVE, id="only a SHOULD passed"),
        pytest.param("MUST waived", 0, 0, Outcome.INCONCLUSIVE, id="all waived"),
        pytest.param("MUST waived, SHOULD pass", 0, 0, Outcome.INCONCLUSIVE, id="every MUST waived"),
        pytest.param("MUST not-claimed", 0, 0, Outcome.INCONCLUSIVE, id="nothing claimed"),
        pytest.param("MUST warn", 0, 0, Outcome.INCONCLUSIVE, id="a warning is no pass"),
        pytest.param("MUST pass, SHOULD warn", 0, 0, Outcome.CONFORMANT, id="a SHOULD not met"),
        pytest.param("MUST pass, MUST waived", 0, 0, Outcome.CONFORMANT, id="one waived"),
        pytest.param("MUST pass, MUST not-claimed", 0, 0, Outcome.CONFORMANT, id="one not claimed"),
        pytest.param("MUST pass, MUST fail", 0, 0, Outcome.NON_CONFORMANT, id="one failed"),
        pytest.param("MUST fail, MUST error", 3, 2, Outcome.NON_CONFORMANT, id="a failure stands"),
        pytest.param("MUST pass, SHOULD error", 0, 0, Outcome.ERROR, id="our error"),
        pytest.param("MUST pass, MUST error, MUST inconclusive", 1, 1, Outcome.ERROR, id="our error before unclear"),
        pytest.param("MUST pass, MUST inconclusive", 0, 0, Outcome.INCONCLUSIVE, id="one unclear"),
        pytest.param("MUST pass, SHOULD inconclusive", 0, 0, Outcome.INCONCLUSIVE, id="one SHOULD unclear"),
        pytest.param("MUST pass, MUST inconclusive", 2, 0, Outcome.INCONCLUSIVE, id="unclear before partial"),
        pytest.param("MUST pass", 0, 1, Outcome.INCONCLUSIVE, id="one missing"),
        pytest.param("MUST pass", 1, 1, Outcome.INCONCLUSIVE, id="missing before partial"),
        pytest.param("MUST pass", 1, 0, Outcome.PARTIAL, id="one left out"),
        pytest.param("SHOULD pass", 1, 0, Outcome.INCONCLUSIVE, id="left out, no MUST passed"),
    ],
)
def test_outcome(verdicts, deselected, missing, found):
    words = [item.split() for item in verdicts.split(", ") if item]
    results = [Judged(Verdict(verdict), level, "core") for level, verdict in words]
    assert outcome(results, deselected=deselected, missing=missing) is found


@given(runs, counts, counts)
def test_conformant_only_when_nothing_speaks_against_it(results, deselected, missing):
    verdicts = [item.verdict for item in results]
    clean = not {Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE} & set(verdicts)
    proven = MUST_PASS.verdict in [item.verdict for item in results if item.level == "MUST"]
    found = outcome(results, deselected=deselected, missing=missing)
    assert (found is Outcome.CONFORMANT) == (clean and proven and not deselected and not missing)


@given(runs, counts, counts)
def test_exit_1_if_and_only_if_something_failed(results, deselected, missing):
    failed = any(item.verdict is Verdict.FAIL for item in results)
    assert (exit_code(outcome(results, deselected=deselected, missing=missing)) == 1) == failed


@given(runs, counts, counts, st.randoms())
def test_order_does_not_matter(results, deselected, missing, random):
    shuffled = random.sample(results, len(results))
    assert outcome(shuffled, deselected=deselected, missing=missing) is outcome(
        results, deselected=deselected, missing=missing
    )


@given(runs, counts, counts)
def test_repeated_results_do_not_change_the_outcome(results, deselected, missing):
    assert outcome(results * 2, deselected=deselected, missing=missing) is outcome(
        results, deselected=deselected, missing=missing
    )


@given(
    runs, counts, counts, st.sampled_from([Verdict.INCONCLUSIVE, Verdict.ERROR, Verdict.FAIL]), st.sampled_from(LEVELS)
)
def test_bad_news_never_make_a_run_conformant(results, deselected, missing, verdict, level):
    more = [*results, Judged(verdict, level, "core")]
    assert outcome(more, deselected=deselected, missing=missing) is not Outcome.CONFORMANT


@given(runs, counts, counts, judged)
def test_a_failure_is_never_outweighed(results, deselected, missing, another):
    failing = [*results, Judged(Verdict.FAIL, "MUST", "core")]
    assert outcome([*failing, another], deselected=deselected, missing=missing) is Outcome.NON_CONFORMANT


@given(runs, counts, counts, counts)
def test_leaving_out_and_losing_more_never_helps(results, deselected, missing, more):
    before = outcome(results, deselected=deselected, missing=missing)
    for worse in (
        outcome(results, deselected=deselected + more, missing=missing),
        outcome(results, deselected=deselected, missing=missing + more),
    ):
        assert worse is before or (worse is not Outcome.CONFORMANT and exit_code(worse) == 3)


def test_an_empty_iterator_is_read_once():
    assert outcome(iter([MUST_PASS]), deselected=0) is Outcome.CONFORMANT


@pytest.mark.parametrize(
    ("verdict", "level"), list(product([item for item in Verdict if item is not Verdict.PASS], LEVELS))
)
def test_no_single_verdict_but_a_pass_is_conformant(verdict, level):
    assert outcome([Judged(verdict, level, "core")], deselected=0) is not Outcome.CONFORMANT
