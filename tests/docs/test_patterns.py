"""The page of integration patterns is held to the targets, the requirements and its own list of patterns."""

from __future__ import annotations

import re
from pathlib import Path

from gauntlet import places
from gauntlet.requirement import load_catalogue
from gauntlet.side_by_side import QUESTIONS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "patterns.md").read_text(encoding="utf-8")
TARGETS = re.findall(r"^\| (\w[\w -]*) \| `(targets/[\w/-]+\.toml)` \|", PAGE, flags=re.M)


def test_every_target_of_the_page_exists_and_every_pattern_is_on_it():
    named = {path for _, path in TARGETS}
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "targets" / "patterns").glob("*.toml")}
    assert len(TARGETS) == len(named) == 5
    assert files <= named
    assert all((ROOT / path).is_file() for path in named)


def test_each_pattern_has_a_column_of_the_measured_table():
    (head,) = re.findall(r"^\| {2}\| (.+) \|$", PAGE, flags=re.M)
    assert head.split(" | ") == [name for name, _ in TARGETS]


def test_rows_and_requirements_exist():
    catalogue = load_catalogue(places.bundled("suites") / "requirements.toml")
    assert set(re.findall(r"\b[A-Z]{3}-\d\d\b", PAGE)) <= set(catalogue.requirements)
    assert set(re.findall(r"^\| \*\*(.+?)\*\* \|", PAGE, flags=re.M)) <= set(QUESTIONS)
    assert set(re.findall(r"^\| ([A-Z]{3}) \|", PAGE, flags=re.M)) <= set(catalogue.families)


def test_commands_of_the_page_name_its_targets():
    assert set(re.findall(r"targets/[\w/-]+\.toml", PAGE)) == {path for _, path in TARGETS} | {
        "targets/proxies/nginx.toml"
    }
