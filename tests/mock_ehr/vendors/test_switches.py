"""Switches by name, and the table of vendors."""

from __future__ import annotations

import ast
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from mock_ehr.coverage import read_switches
from mock_ehr.vendors import VENDORS
from mock_ehr.vendors.switches import parse_switches

ROOT = Path(__file__).resolve().parents[3] / "mock_ehr"
SURE = ("seen", "reported", "gap", "recollect")


@dataclass(frozen=True)
class Habits:
    polite: bool = True
    limit: int = 5
    pause_s: float = 1.5
    names: tuple[str, ...] = ("a",)
    word: str = "x"


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("polite=false", "polite", False),
        ("limit=7", "limit", 7),
        ("pause_s=0.25", "pause_s", 0.25),
        ("names=a,b,", "names", ("a", "b")),
        ("names=", "names", ()),
        ("word=y=z", "word", "y=z"),
    ],
)
def test_texts_become_values(text: str, name: str, value: object) -> None:
    changed = parse_switches(Habits(), [text])
    assert getattr(changed, name) == value
    others = [spec.name for spec in fields(Habits) if spec.name != name]
    assert all(getattr(changed, other) == getattr(Habits(), other) for other in others)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("polit=true", "did you mean polite"),
        ("polite=yes", "valid: true, false"),
        ("limit=many", "it is a int"),
        ("", "unknown quirk ''"),
    ],
)
def test_wrong_texts_are_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_switches(Habits(), [text])


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_switch_says_how_sure_it_is(vendor: str) -> None:
    for switch in read_switches(VENDORS[vendor].switches):
        assert any(word in switch.text.lower() for word in SURE), switch.name


def test_nothing_outside_the_folders_of_the_vendors_knows_one() -> None:
    wrong = []
    for path in ROOT.rglob("*.py"):
        if "vendors" in path.relative_to(ROOT).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            if module.startswith("mock_ehr.vendors."):
                wrong.append(f"{path.name}: {module}")
    assert not wrong
