"""The TestReport is valid FHIR, by our rules and by somebody else's, and never kinder than the run."""

from dataclasses import replace

import orjson
import pytest
from fhir.resources.R4B.testreport import TestReport as Model

from gauntlet.verdict import Outcome, Verdict
from reports import testreport
from synthetic.r4.rules import problems
from tests.reports import sample_run

RUNS = ["all_pass", "mixture", "nothing_claimed", "killed", "nothing_ran", "load_failing", "hostile"]


def rendered(run):
    return orjson.loads(testreport.render(run))


@pytest.mark.parametrize("name", RUNS)
def test_is_valid_r4(name):
    run = getattr(sample_run, name)()
    assert problems(rendered(run)) == []
    Model.model_validate_json(testreport.render(run))


@pytest.mark.parametrize(
    ("verdict", "result"),
    [
        (Verdict.PASS, "pass"),
        (Verdict.FAIL, "fail"),
        (Verdict.WARN, "warning"),
        (Verdict.NOT_CLAIMED, "skip"),
        (Verdict.WAIVED, "skip"),
        (Verdict.INCONCLUSIVE, "error"),
        (Verdict.ERROR, "error"),
    ],
)
def test_verdict_becomes(verdict, result):
    report = rendered(sample_run.run([sample_run.check("AUT-02", 1, verdict, check="a::b")]))
    assert report["test"][0]["name"] == "AUT-02"
    assert report["test"][0]["action"][0]["assert"]["result"] == result
    assert report["test"][0]["action"][0]["assert"]["detail"] == "a::b"


@pytest.mark.parametrize("outcome", Outcome)
def test_only_a_verdict_is_pass_or_fail(outcome):
    result = {Outcome.CONFORMANT: "pass", Outcome.NON_CONFORMANT: "fail"}.get(outcome, "pending")
    assert rendered(sample_run.run(sample_run.default_checks(), outcome=outcome))["result"] == result


def test_the_score_counts_what_was_judged():
    checks = [
        sample_run.check("AUT-01", 1, Verdict.PASS),
        sample_run.check("AUT-02", 1, Verdict.FAIL),
        sample_run.check("CON-01", 1, Verdict.INCONCLUSIVE),
    ]
    assert rendered(sample_run.run(checks))["score"] == 50.0
    assert "score" not in rendered(sample_run.nothing_ran())


def test_a_failure_says_what_was_expected():
    text = testreport.render(sample_run.mixture()).decode()
    assert "expected: status 401" in text


def test_an_odd_start_is_left_out():
    assert "issued" not in rendered(replace(sample_run.all_pass(), started="yesterday"))


def test_no_secret_survives():
    assert b"eyJ" not in testreport.render(sample_run.hostile())
