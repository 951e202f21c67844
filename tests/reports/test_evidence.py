"""Evidence is cut to what keeps the page small: nothing from a small run, more from a large one."""

from __future__ import annotations

import pytest

from reports.evidence import ALLOWANCES, allowance, evidence
from tests.reports import sample_run
from tests.reports.sample_checks import check, exchange, impatient_retry


def test_a_small_run_shows_everything():
    assert allowance(sample_run.mixture()) == ALLOWANCES[0]
    shown = evidence(impatient_retry(), "check-x", None, ALLOWANCES[0])
    assert shown.omitted == 0
    assert len(shown.exchanges) == 5


@pytest.mark.parametrize(("failing", "tighter"), [(1, False), (20, True), (150, True)])
def test_a_crowded_run_shows_less_of_each(failing, tighter):
    assert (ALLOWANCES.index(allowance(sample_run.crowded(failing))) > 0) is tighter


def test_passed_checks_cost_nothing():
    assert allowance(sample_run.all_pass()) == ALLOWANCES[0]


def test_long_bodies_are_cut_with_a_note_and_json_is_laid_out():
    item = exchange("ehr", 0, 1, 200, request_body="x" * 9000, response_body='{"a":1.50}')
    shown = evidence(check("AUT-01", exchanges=[item]), "a", None, ALLOWANCES[0]).exchanges[0]
    assert shown.request_body.endswith("[5,000 more characters]")
    assert shown.response_body == '{\n  "a": 1.50\n}'


def test_many_headers_are_cut_with_a_note():
    item = exchange("ehr", 0, 1, 200, response_headers={f"X-{number}": "v" for number in range(100)})
    shown = evidence(check("AUT-01", exchanges=[item]), "a", None, ALLOWANCES[0]).exchanges[0]
    assert shown.response_headers["…"] == "76 more headers"
