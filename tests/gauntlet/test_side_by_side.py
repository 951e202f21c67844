from __future__ import annotations

from dataclasses import replace

import pytest
from rich.console import Console
from typer.testing import CliRunner

from gauntlet import places
from gauntlet.cli import app
from gauntlet.commands.compare_many import compare_many
from gauntlet.errors import UsageError
from gauntlet.requirement import load_catalogue
from gauntlet.result import to_json
from gauntlet.side_by_side import QUESTIONS, side_by_side, tally
from gauntlet.verdict import Verdict
from tests.gauntlet.certificate.certified import run_of
from tests.gauntlet.samples import result

HONEST = run_of()
FAILS = run_of(result("CON-01", Verdict.FAIL), result("CON-02", Verdict.WARN))


def test_every_family_answers_one_question():
    families = [family for answers in QUESTIONS.values() for family in answers]
    assert sorted(families) == sorted(load_catalogue(places.bundled("suites") / "requirements.toml").families)


def test_verdicts_are_counted():
    checks = [result("CON-01", verdict, number) for number, verdict in enumerate(Verdict)]
    found = tally(checks)
    assert str(found) == "1/3/1/2"
    assert found.checks == len(Verdict)
    assert found.failing == ("CON-01",)
    assert tally([result("CON-02", Verdict.WARN), result("CON-03", Verdict.WAIVED)]).failing == ("(CON-02)", "(CON-03)")
    assert str(tally([])) == "-"


def test_rows_are_grouped_and_empty_ones_left_out():
    found = side_by_side([HONEST, FAILS, replace(HONEST, checks=HONEST.checks[1:])])
    rows = [(row.question, row.family) for row in found.rows]
    assert rows == [
        ("Meaning", ""),
        ("Meaning", "CON"),
        ("Load", ""),
        ("Load", "LOD"),
        ("Other checks", ""),
        ("Other checks", "IDE"),
    ]
    contract = found.rows[1].tallies
    assert [str(item) for item in contract] == ["3/0/0/0", "1/2/0/0", "2/0/0/0"]
    assert contract[1].failing == ("CON-01", "(CON-02)")
    assert (found.shared, found.doubts) == (
        5,
        ("the runs differ in their selection: 5 of 6 checks are in all of them",),
    )


def test_what_makes_it_doubtful():
    other = replace(HONEST, suite_version="2", target=replace(HONEST.target, ehr="allscripts"), checks=[])
    assert len(side_by_side([HONEST, HONEST, other]).doubts) == 3
    assert not side_by_side([HONEST, HONEST, HONEST]).doubts


@pytest.fixture
def files(tmp_path):
    runs = {"honest": HONEST, "fails": FAILS, "empty": replace(HONEST, checks=[], load=[])}
    for name, run in runs.items():
        (tmp_path / f"{name}.json").write_bytes(to_json(run))
    alien = replace(HONEST, checks=[replace(HONEST.checks[0], check="own.py::test_own", requirement="OWN-01")])
    (tmp_path / "alien.json").write_bytes(to_json(alien))
    return tmp_path


def test_the_table(files):
    console = Console(record=True, width=160)
    places_ = [files / f"{name}.json" for name in ("honest", "fails", "honest")]
    assert compare_many(places_, console) == 0
    text = console.export_text()
    assert "A  G, conformant, 6 checks" in text
    assert "1/2/0/0 CON-01 (CON-02)" in text


def test_runs_that_cannot_be_compared(files):
    honest = files / "honest.json"
    assert compare_many([honest, honest, files / "alien.json"], Console(quiet=True)) == 3
    with pytest.raises(UsageError):
        compare_many([honest, honest, files / "empty.json"], Console(quiet=True))


def test_the_command_line(files):
    honest, fails = str(files / "honest.json"), str(files / "fails.json")
    many = CliRunner().invoke(app, ["compare", honest, fails, honest])
    assert (many.exit_code, "Meaning" in many.output) == (0, True)
    two = CliRunner().invoke(app, ["compare", honest, fails])
    assert (two.exit_code, "before  G" in two.output) == (1, True)
