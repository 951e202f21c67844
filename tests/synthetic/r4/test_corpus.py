"""Hand-made cases, one rule each: a resource must break exactly the rule it is about, or none."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from synthetic.r4.invariants import INVARIANTS
from synthetic.r4.rules import problems
from synthetic.r4.us_core import us_core_problems
from synthetic.r4.us_core.invariants import INVARIANTS as US_CORE_INVARIANTS


def cases(name):
    text = Path(__file__).with_name("corpus").joinpath(name).read_text()
    return json.loads(text, parse_float=Decimal)


BASE = cases("base.json") + cases("newer_types.json")
US_CORE = cases("us_core.json")


@pytest.mark.parametrize("case", [pytest.param(case, id=case["about"]) for case in BASE])
def test_base_case(case):
    expected = [(case["path"], case["rule"])] if "rule" in case else []

    assert [(problem.path, problem.rule) for problem in problems(case["resource"])] == expected


@pytest.mark.parametrize("case", [pytest.param(case, id=case["about"]) for case in US_CORE])
def test_us_core_case(case):
    expected = [(case["path"], case["rule"])] if "rule" in case else []

    assert [(problem.path, problem.rule) for problem in us_core_problems(case["resource"])] == expected


def test_cases_are_told_apart():
    assert len({case["about"] for case in BASE}) == len(BASE)
    assert len({case["about"] for case in US_CORE}) == len(US_CORE)


def test_every_invariant_has_a_case_that_breaks_it():
    tested = {case.get("rule") for case in BASE}

    assert {rule.name for rules in INVARIANTS.values() for rule in rules} - tested == set()


def test_every_us_core_invariant_has_a_case_that_breaks_it():
    tested = {case.get("rule") for case in US_CORE}

    assert {rule.key for rule in US_CORE_INVARIANTS.values()} - tested == set()


def test_every_us_core_case_is_valid_r4_unless_it_is_about_that():
    invalid = [case["about"] for case in US_CORE if problems(case["resource"])]

    assert invalid == ["a gender given by an extension alone", "a patient that breaks R4"]
