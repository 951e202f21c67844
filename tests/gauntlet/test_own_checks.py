"""A vendor's own checks in a folder of the target file, run by the real runner and plug-in."""

import re
from pathlib import Path

import pytest

from gauntlet import places
from gauntlet.check import CHARTS_PER_CHECK
from gauntlet.checklist import list_checks
from gauntlet.errors import TargetError, UsageError
from gauntlet.own_checks import catalogue_for
from gauntlet.running import CHARTS_TO_CHOOSE_FROM, CHARTS_UNDER_LOAD
from gauntlet.target import read_target
from tests.gauntlet.own_suite import HEAD, PASS, TARGET, Harness, check

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "own-checks.md"
ROW = """
[families]
HOS = "House rules"
[[requirement]]
id = "HOS-01"
level = "MUST"
feature = "core"
text = "t"
judged_from = ["C"]
source = "s"
"""


@pytest.fixture
def harness(tmp_path, monkeypatch):
    made = Harness(tmp_path, monkeypatch)
    made.target.write_text(TARGET + '[checks]\nfolder = "mine"\n')
    (tmp_path / "mine").mkdir()
    return made


def own(harness, *checks, table=ROW):
    folder = harness.target.parent / "mine"
    source = re.sub(r', tripped_by=\["some-defect"\]', "", HEAD + "\n".join(checks))
    (folder / "test_house.py").write_text(source)
    if table:
        (folder / "requirements.toml").write_text(table)


SUITE = [check("CON-01", "a", PASS), check("CON-03", "b", PASS), check("LOD-01", "c", PASS)]


def result_of(harness):
    run = harness.result(*SUITE)
    return run, {item.check: item.verdict.value for item in run.checks}


def test_own_checks_run_after_the_suite_s(harness):
    own(harness, check("HOS-01", "mine", PASS), check("CON-03", "more", PASS))
    run, verdicts = result_of(harness)
    assert verdicts["own/test_house.py::test_mine"] == "pass"
    assert verdicts["own/test_house.py::test_more"] == "pass"
    assert run.outcome.value == "conformant"
    assert [row.checks for row in run.requirements if row.id == "HOS-01"] == [1]


@pytest.mark.parametrize("body", ["assert 1 == 2, 'no'", "raise CheckFailed('no')", "pytest.fail('no')"])
def test_a_failure_of_an_own_check_counts(harness, body):
    own(harness, check("HOS-01", "mine", PASS + "\n" + body))
    run, verdicts = result_of(harness)
    assert verdicts["own/test_house.py::test_mine"] == "fail"
    assert run.exit_code == 1
    assert {item.name: item.outcome.value for item in run.profiles}["read-only"] == "non-conformant"


def test_trouble_of_an_own_check_is_not_the_gateway_s(harness):
    own(harness, check("HOS-01", "mine", PASS + "\n{}['x']"))
    assert result_of(harness)[1]["own/test_house.py::test_mine"] == "error"


def test_an_own_check_that_judges_nothing_is_no_pass(harness):
    own(harness, check("HOS-01", "mine", "pass"))
    assert result_of(harness)[1]["own/test_house.py::test_mine"] == "inconclusive"


def test_own_checks_can_be_selected(harness):
    own(harness, check("HOS-01", "mine", PASS))
    record, _ = harness.run(*SUITE, only=("own/",))
    assert [item["check"] for item in record.collected] == ["own/test_house.py::test_mine"]


def test_an_unknown_requirement_is_refused(harness):
    own(harness, check("HOS-02", "mine", PASS))
    record, _ = harness.run(*SUITE)
    assert (
        "own/test_house.py::test_mine: unknown requirement 'HOS-02'; did you mean 'HOS-01'?" in record.broken_suite[0]
    )


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (ROW.replace("HOS", "CON"), "the family 'CON' is the suite's"),
        (ROW.replace('"core"', '"cor"'), "unknown feature 'cor'; did you mean 'core'"),
        (ROW.replace('"MUST"', '"must"'), "level 'must' is neither 'MUST' nor 'SHOULD'"),
        ("[[requirement", "cannot be read"),
        ('requirement = "x"', "cannot be read"),
    ],
)
def test_a_wrong_table(harness, table, message):
    own(harness, check("HOS-01", "mine", PASS), table=table)
    with pytest.raises(UsageError, match=re.escape(message)):
        catalogue_for(read_target(harness.target, {}))


def test_a_folder_without_checks_is_told(harness):
    with pytest.raises(TargetError, match=r"checks\.folder: there is no test_\*\.py in"):
        read_target(harness.target, {})


def test_the_example_of_the_documentation_is_a_check(harness):
    text = DOCUMENT.read_text(encoding="utf-8")
    blocks = dict(re.findall(r"```(python|toml)\n(.*?)```", text, flags=re.S))
    folder = harness.target.parent / "mine"
    (folder / "test_house_rules.py").write_text(blocks["python"])
    (folder / "requirements.toml").write_text(blocks["toml"])
    record, _ = harness.run(*SUITE, only=("own/",))
    (found,) = record.collected
    assert found["title"] == "A chart is never kept by a browser's cache"
    assert found["requirement"] == "HOS-01"


def test_the_smallest_population_has_charts_for_every_check():
    """And for fifty own checks beside them."""
    read = read_target(places.bundled("targets") / "reference.toml", {})
    free = read.file.ehr[0].patients - CHARTS_UNDER_LOAD - CHARTS_TO_CHOOSE_FROM
    assert (len(list_checks()) + 50) * CHARTS_PER_CHECK <= free
