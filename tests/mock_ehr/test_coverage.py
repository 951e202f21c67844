"""The fact sheets of the vendors: true to the code, and their pages up to date."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any

import pytest

from mock_ehr.coverage import (
    FactSheetError,
    Sheet,
    main,
    page,
    read_fact,
    read_sheet,
    read_switches,
    test_path,
    vendor_page,
)
from mock_ehr.vendors import VENDORS

ROOT = Path(__file__).resolve().parents[2]
test_path.__test__ = False  # type: ignore[attr-defined]  # a function of the module, not a test


def sheet_of(vendor: str) -> Sheet | None:
    path = Path(inspect.getfile(VENDORS[vendor].switches)).parent / "facts.toml"
    return read_sheet(path.read_text(encoding="utf-8")) if path.exists() else None


SHEETS = {vendor: sheet for vendor in VENDORS if (sheet := sheet_of(vendor)) is not None}


@pytest.mark.parametrize("vendor", SHEETS)
def test_the_page_is_up_to_date(vendor: str) -> None:
    written = (ROOT / "docs" / f"mock-{vendor}.md").read_text(encoding="utf-8")
    assert written == vendor_page(vendor), f"run python -m mock_ehr.coverage {vendor} > docs/mock-{vendor}.md"


@pytest.mark.parametrize("vendor", SHEETS)
def test_every_test_exists(vendor: str) -> None:
    sheet = SHEETS[vendor]
    missing = [
        test for fact in sheet.facts for test in (test_path(sheet, name) for name in fact.tests) if not exists(test)
    ]
    assert missing == []


def exists(test: str) -> bool:
    place, _, name = test.partition("::")
    path = ROOT / place
    if not path.exists():
        return False
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in tree.body)


@pytest.mark.parametrize("vendor", SHEETS)
def test_switches_and_facts_name_each_other(vendor: str) -> None:
    named = {name for fact in SHEETS[vendor].facts for name in fact.switches}
    switches = read_switches(VENDORS[vendor].switches)
    assert named == {switch.name for switch in switches}
    assert [switch.name for switch in switches if not switch.text] == []


SOURCES = {"E1": "a survey"}
GOOD: dict[str, Any] = {
    "section": "1", "text": "It | rains", "confidence": "seen", "sources": ["E1"], "state": "done",
    "switches": ["wet"], "tests": ["test_rain.py::test_it_rains"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"confidence": "sure"}, "valid: seen, reported"),
        ({"state": "almost"}, "valid: done, part"),
        ({"sources": ["E9"]}, "valid: E1"),
        ({"sources": []}, "no source"),
        ({"tests": []}, "no test shows it"),
        ({"state": "absent"}, "no note"),
        ({"colour": "red"}, "colour"),
    ],
    ids=str,
)
def test_refuses_a_fact(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(FactSheetError, match=reason):
        read_fact(GOOD | changes, SOURCES)


def test_a_page_shows_facts_with_their_switches_and_tests() -> None:
    sheet = Sheet("Weather", "About weather.", "tests/weather", SOURCES, (read_fact(GOOD, SOURCES),))
    shown = page(sheet, (), "make page")
    row = "| It \\| rains | seen, E1 | yes | `wet` | `tests/weather/test_rain.py::test_it_rains` |"
    assert row in shown.splitlines()
    assert "| yes | 1 |" in shown.splitlines()


@pytest.mark.parametrize("arguments", [[], ["epic", "epic"], ["cerner"]])
def test_an_unknown_vendor_is_told_the_known_ones(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "valid: " in capsys.readouterr().err


def test_prints_the_page_of_a_vendor(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["epic"]) == 0
    assert capsys.readouterr().out == vendor_page("epic")
