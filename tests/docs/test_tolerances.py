"""The table of timing tolerances is held to the code: a row for each constant, with value, reason and margin."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "tolerances.md"
IS_TIMING = re.compile(r"(_|^)(S|MS|SECONDS|ALLOWANCE|WINDOW|TOLERANCE)$")
ROW = re.compile(r"^\| `(\w+)` \| `([\w/.]+)` \| ([\d.]+)(?: m?s)? \| ([^|]+) \|(?: ([^|]+) \|)?$", flags=re.M)


def constants(source: str) -> dict[str, float]:
    """The numbers that a module names as times or tolerances."""
    found = {}
    for node in ast.parse(source).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, int | float):
            found[target.id] = float(value.value)
    return {name: value for name, value in found.items() if IS_TIMING.search(name)}


def in_code() -> dict[tuple[str, str], float]:
    return {
        (name, path.relative_to(ROOT).as_posix()): value
        for folder in ("gauntlet", "suites")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "_bundled" not in path.parts
        for name, value in constants(path.read_text(encoding="utf-8")).items()
    }


def in_table(text: str) -> dict[tuple[str, str], float]:
    return {(name, where): float(value) for name, where, value, *_ in ROW.findall(text)}


def test_every_tolerance_of_the_code_has_a_row_and_every_row_is_in_the_code():
    code, table = in_code(), in_table(TABLE.read_text(encoding="utf-8"))
    assert len(code) > 100
    missing = [f"{where}: {name} = {value:g}" for (name, where), value in code.items() if (name, where) not in table]
    assert not missing, (
        f"docs/tolerances.md wants a row (name, where, value, reason, margin or `not measured`): {missing}"
    )
    gone = [f"{where}: {name}" for name, where in table if (name, where) not in code]
    assert not gone, f"docs/tolerances.md has rows that are not in the code: {gone}"
    changed = [
        f"{where}: {name} is {code[name, where]:g}" for name, where in table if table[name, where] != code[name, where]
    ]
    assert not changed, f"docs/tolerances.md has other values, and perhaps other margins: {changed}"


def test_no_row_is_left_without_reason_or_margin():
    own, _, harness = TABLE.read_text(encoding="utf-8").partition("## Of the harness itself")
    lines = [line for line in (own + harness).splitlines() if line.startswith("| `")]
    assert len(ROW.findall(own + harness)) == len(lines)
    assert all(reason.strip() and margin.strip() for *_, reason, margin in ROW.findall(own))
    assert all(reason.strip() and not margin for *_, reason, margin in ROW.findall(harness))


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("SLACK_S = 1.5", {"SLACK_S"}),
        ("_POLL_S: float = 0.1", {"_POLL_S"}),
        ("REQUEST_TIMEOUT_MS = 20_000", {"REQUEST_TIMEOUT_MS"}),
        ("START_ALLOWANCE = 3\nTOLERANCE = 0.9", {"START_ALLOWANCE", "TOLERANCE"}),
        ("NAMES = 3\nRECOVERY_S = 'recovery s'\ndef f():\n    LOCAL_S = 1", set()),
    ],
)
def test_what_counts_as_a_tolerance(source, names):
    assert constants(source).keys() == names
