"""The named faults in scenarios/faults: each can be armed, says why, and together they use every word."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from mock_ehr.behaviours import VOCABULARY
from mock_ehr.faults import Fault, parse_fault

FOLDER = Path(__file__).parents[2] / "scenarios" / "faults"
FILES = sorted(FOLDER.glob("*.toml"))


def content(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def fault(path: Path) -> Fault:
    return parse_fault({"name": path.stem} | {key: value for key, value in content(path).items() if key != "why"}, "f")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_can_be_armed_and_says_why_in_a_sentence(path: Path) -> None:
    assert fault(path).name == path.stem
    why = content(path)["why"]
    assert why[0].isupper()
    assert why.endswith(".")


def test_each_word_of_the_vocabulary_has_a_file() -> None:
    assert {fault(path).behaviour.kind for path in FILES} == set(VOCABULARY)


def test_no_two_files_say_the_same() -> None:
    told = [repr({key: value for key, value in content(path).items() if key != "why"}) for path in FILES]
    assert len(set(told)) == len(told)
