"""README, help texts and tables are held to the code."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from gauntlet.cli import app
from gauntlet.commands.catalog import KINDS, catalog_lines
from gauntlet.errors import UsageError
from gauntlet.placeholder import NAMES
from gauntlet.target_model import TargetFile

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(command.name or command.callback.__name__ for command in app.registered_commands)
FOLDERS = sorted(
    path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".") and path.name != "out"
)


def help_text(*arguments: str) -> str:
    result = CliRunner().invoke(app, [*arguments, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"})
    assert result.exit_code == 0
    return result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme_and_has_an_example(command):
    assert f"`gauntlet {command}" in README
    assert f"Example: gauntlet {command}" in help_text(command)


def test_readme_names_no_command_that_does_not_exist():
    named = set(re.findall(r"gauntlet ([a-z]+)", README))
    assert named <= {*COMMANDS}, "a command of the README does not exist"


@pytest.mark.parametrize("line", re.findall(r"^\$ (\.venv/bin/gauntlet [^#\n]+)", README, flags=re.M))
def test_readme_command_lines_parse(line):
    _, command, *arguments = shlex.split(line)
    click_command = typer.main.get_command(app).commands[command]  # type: ignore[attr-defined]
    click_command.make_context(command, arguments)


def test_readme_shows_real_output():
    blocks = re.findall(r"<!-- output: (.+?) -->\n```text\n(.*?)```", README, flags=re.S)
    assert len(blocks) == 2
    for command, output in blocks:
        assert "report" in output, command
        assert re.search(r"exit\s+[01] ", output), command


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_folder_is_on_the_map(folder):
    assert f"`{folder}/`" in README


def test_exit_codes_are_told_in_readme_and_help():
    for code in ("0 conformant", "1 non-conformant", "2 usage or configuration", "3 inconclusive or partial"):
        assert code in " ".join(README.split())
        assert code in " ".join(help_text().split())


def test_make_targets_of_the_readme_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.M))
    assert set(re.findall(r"^\$ make ([a-z]+)", README, flags=re.M)) <= targets


def test_catalog_help_names_every_kind():
    text = re.sub(r"-\s+", "-", help_text("catalog"))  # a folded line may end in a hyphen
    for kind in KINDS:
        assert kind in text


def test_template_explains_every_placeholder_and_table():
    template = (ROOT / "targets" / "template.toml").read_text(encoding="utf-8")
    missing = [name for name in NAMES if name != "defect" and f"{{{name}}}" not in template]
    assert not missing
    for table in TargetFile.model_fields:
        assert f"[{table}" in template


def test_unknown_catalog_is_refused_with_the_closest_match():
    with pytest.raises(UsageError, match="did you mean 'checks'"):
        catalog_lines("check", as_json=False)
