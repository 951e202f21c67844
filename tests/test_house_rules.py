"""House rules: which package may import which, how large modules and functions may be, and what nothing is called."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gauntlet.checklist import list_checks
from gauntlet.defects import list_defects
from gauntlet.requirement import load_catalogue

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("gauntlet", "mock_ehr", "synthetic", "reference_gateway", "reports")
RUN_BY_PATH = ("suites", "scenarios", "targets")
MAX_MODULE_LINES = 300
MAX_FUNCTION_LINES = 40
NAMELESS = {"util", "utils", "common", "helper", "helpers", "misc", "base", "manager", "managers"}

# Which of our packages each package may import; reports knows the result types and nothing else of gauntlet.
ALLOWED = {
    "synthetic": set(),
    "mock_ehr": {"synthetic"},
    "reference_gateway": set(),
    "reports": {"gauntlet.load_result", "gauntlet.result", "gauntlet.verdict"},
    "gauntlet": {"mock_ehr", "synthetic", "reports"},
}
# Modules that run inside the Locust process alone; nobody else may import gevent or Locust.
LOCUST_PROCESS = {
    "gauntlet/load/alarm.py",
    "gauntlet/load/code_engine.py",
    "gauntlet/load/engine.py",
    "gauntlet/load/wire.py",
    "gauntlet/load/pool.py",
    "scenarios/locustfile.py",
}
# No lock file names where packages come from.
ADDRESS = re.compile(r"https?://|--index-url|--extra-index-url|--find-links")


def modules(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "_bundled" not in path.parts]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_one_way(package):
    wrong = []
    for path in modules(package):
        for name in imported(path):
            top = name.partition(".")[0]
            ours = top in PACKAGES or top in {*RUN_BY_PATH, "tests", "benchmarks"}
            if not ours or top == package:
                continue
            if not any(name == allowed or name.startswith(f"{allowed}.") for allowed in ALLOWED[package]):
                parent = name.rpartition(".")[0]
                if package == "reports" and (parent in ALLOWED[package] or name == "gauntlet"):
                    continue
                wrong.append(f"{relative(path)} imports {name}")
    assert not wrong


def test_locust_stays_in_its_own_process():
    wrong = [
        f"{relative(path)} imports {name}"
        for path in modules(*PACKAGES, "suites", "scenarios")
        for name in imported(path)
        if name.partition(".")[0] in {"locust", "gevent", "geventhttpclient"} and relative(path) not in LOCUST_PROCESS
    ]
    assert not wrong


@pytest.mark.parametrize("path", modules(*PACKAGES, "suites", "scenarios", "benchmarks"), ids=relative)
def test_sizes(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= MAX_MODULE_LINES, "split the module by concept"
    long = [
        f"{node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and body_lines(node) > MAX_FUNCTION_LINES
    ]
    assert not long, "split the function"


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring, which is documentation."""
    lines = node.end_lineno - node.lineno + 1
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        lines -= first.end_lineno - first.lineno + 1
    return lines


def test_every_module_has_a_name():
    nameless = [relative(path) for path in modules(*PACKAGES, "suites") if path.stem in NAMELESS]
    assert not nameless, "name the concept, or move it to its only caller"


def test_lock_files_hold_hashes_and_no_addresses():
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text, path.name
        assert not ADDRESS.search(text), path.name


def test_every_must_has_a_check_or_a_dated_reason():

    covered = {item["requirement"] for item in list_checks()}
    catalogue = load_catalogue(ROOT / "suites" / "requirements.toml")
    bare = [row.id for row in catalogue.requirements.values() if row.id not in covered and not row.not_tested]
    stale = [row.id for row in catalogue.requirements.values() if row.id in covered and row.not_tested]
    assert not [item for item in bare if catalogue.requirements[item].level == "MUST"]
    assert not stale, "a requirement with a check carries no reason for having none"


def test_checks_name_defects_that_exist():

    known = {defect.name for defect in list_defects()}
    for item in list_checks():
        for name in item["tripped_by"]:
            assert name in known, f"{item['check']} names the unknown defect {name}"
