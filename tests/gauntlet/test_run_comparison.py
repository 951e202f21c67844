from dataclasses import replace

import pytest
from rich.console import Console

from gauntlet.commands import compare as command
from gauntlet.result import to_json
from gauntlet.run_comparison import compare_runs
from gauntlet.verdict import Verdict
from tests.gauntlet.certificate.certified import run_of
from tests.gauntlet.samples import check_id, result

HONEST = run_of()
FAILS = run_of(result("CON-01", Verdict.FAIL))


def test_the_same_runs_do_not_differ():
    found = compare_runs(HONEST, HONEST)
    assert (found.checks, found.profiles, found.shared, found.doubts) == ([], [], 6, [])


@pytest.mark.parametrize(
    ("was", "is_now", "trend"),
    [
        (Verdict.PASS, Verdict.FAIL, "worse"),
        (Verdict.FAIL, Verdict.PASS, "better"),
        (Verdict.PASS, Verdict.WARN, "worse"),
        (Verdict.PASS, Verdict.NOT_CLAIMED, "worse"),
        (Verdict.FAIL, Verdict.NOT_CLAIMED, ""),
        (Verdict.NOT_CLAIMED, Verdict.FAIL, ""),
        (Verdict.INCONCLUSIVE, Verdict.ERROR, ""),
        (Verdict.INCONCLUSIVE, Verdict.FAIL, "worse"),
        (Verdict.WAIVED, Verdict.FAIL, "worse"),
        (Verdict.WARN, Verdict.WAIVED, ""),
    ],
)
def test_verdicts_have_an_order(was, is_now, trend):
    (found,) = compare_runs(run_of(result("CON-01", was)), run_of(result("CON-01", is_now))).checks
    assert (found.before, found.after, found.trend) == (was.value, is_now.value, trend)


def test_profiles():
    found = {item.name: item for item in compare_runs(HONEST, FAILS).profiles}
    assert {name: item.trend for name, item in found.items()} == dict.fromkeys(
        ("read-only", "read-write", "sustained"), "worse"
    )
    assert compare_runs(FAILS, HONEST).profiles[0].trend == "better"


def test_checks_that_only_one_has():
    less = replace(HONEST, checks=HONEST.checks[1:])
    (gone,) = compare_runs(HONEST, less).checks
    assert (gone.name, gone.before, gone.after, gone.trend) == (check_id("CON-01"), "pass", "-", "")
    assert compare_runs(less, HONEST).checks[0].before == "-"


def test_what_makes_a_comparison_doubtful():
    other = replace(HONEST, suite_version="2", target=replace(HONEST.target, ehr="allscripts"), checks=[])
    assert len(compare_runs(HONEST, other).doubts) == 3


def test_the_command(tmp_path):
    for name, run in (("honest", HONEST), ("fails", FAILS)):
        (tmp_path / f"{name}.json").write_bytes(to_json(run))
    console = Console(record=True, width=160)
    honest, fails = tmp_path / "honest.json", tmp_path / "fails.json"
    assert command.compare_runs(honest, fails, 0.2, console) == 1
    text = console.export_text()
    assert "of 6 checks in both runs 1 are worse, 0 better" in text
    assert "G, conformant, 6 checks" in text
    assert command.compare_runs(fails, honest, 0.2, console) == 0
    assert command.compare_runs(honest, honest, 0.2, console) == 0
