"""Hand-made cases, one rule each: a resource must break exactly the rule it is about, or none."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from synthetic.r4.invariants import INVARIANTS
from synthetic.r4.rules import problems

BASE = json.loads(Path(__file__).with_name("corpus").joinpath("base.json").read_text(), parse_float=Decimal)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["about"]) for case in BASE])
def test_base_case(case):
    expected = [(case["path"], case["rule"])] if "rule" in case else []

    assert [(problem.path, problem.rule) for problem in problems(case["resource"])] == expected


def test_every_invariant_has_a_case_that_breaks_it():
    tested = {case.get("rule") for case in BASE}

    assert {rule.name for rules in INVARIANTS.values() for rule in rules} - tested == set()
