from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from synthetic.edge_cases.catalogue import CASES, THEMES, chosen, known, rows

REQUIREMENTS = Path(__file__).parents[3] / "suites" / "requirements.toml"


def test_rows_are_complete_and_named_once() -> None:
    table = rows()

    assert len(table) == len(CASES) >= 60
    assert {row["family"] for row in table} == {"valid-but-nasty", "invalid"}
    for row in table:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["name"])
        assert row["where"].startswith(row["type"])
        assert row["truth"]
        assert not row["truth"].endswith(".")
        assert row["requirements"]


def test_every_requirement_is_one_of_the_table() -> None:
    ids = {row["id"] for row in tomllib.loads(REQUIREMENTS.read_text())["requirement"]}

    assert {name for case in CASES.values() for name in case.requirements} <= ids


def test_themes_keep_the_families_apart() -> None:
    for theme, cases in THEMES.items():
        assert len({case.family for case in cases}) == 1, theme


def test_costly_cases_are_chosen_by_name_only() -> None:
    assert "empty-chart" not in {case.name for case in chosen(None)}
    assert [case.name for case in chosen(["empty-chart", "truncated", "empty-chart"])] == ["empty-chart", "truncated"]


def test_an_unknown_name_names_the_closest() -> None:
    with pytest.raises(ValueError, match="did you mean leap-second"):
        known("leap-seconds")
    with pytest.raises(ValueError, match=f"{len(CASES)} cases"):
        known("qqq")
    with pytest.raises(ValueError, match="name at least one"):
        chosen([])
