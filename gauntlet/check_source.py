"""How a check judges, read from its source without running it: pure."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

_WHOLLY = ("expect", "consents")  # every call of theirs judges or changes what is judged
_DEMAND = "require_"  # beginning of the names of judging functions
_JUDGING = frozenset(
    {"refused", "require_control", "fault", "down", "arm", "require_applied", "wait_for", "moved", "CheckFailed"}
)


def judging_calls(source: str) -> dict[str, dict[str, int]]:
    """Return for each check of a module the calls that judge or disturb, by name with their number.

    Functions of the same module count where they are called, once a check.
    """
    tree = ast.parse(source)
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return {
        name: dict(Counter(call for used in _reached(name, functions) for call in _calls(functions[used])))
        for name in functions
        if name.startswith("test_")
    }


def _reached(name: str, functions: dict[str, ast.FunctionDef]) -> set[str]:
    """Return `name` and the functions of the module that it uses, directly or through others."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        if (one := waiting.pop()) not in reached:
            reached.add(one)
            waiting += _used(functions[one], functions)
    return reached


def _used(function: ast.FunctionDef, functions: dict[str, ast.FunctionDef]) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Name | ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            if name in functions:
                yield name
        elif isinstance(node, ast.arg) and node.arg in functions:  # a fixture of the module
            yield node.arg


def _calls(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            text = ast.unparse(node.func)
            root, _, last = text.rpartition(".")
            if root in _WHOLLY:
                yield text
            elif last in _JUDGING or last.startswith(_DEMAND):
                yield last
