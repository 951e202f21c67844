"""How a check judges, read from its source without running it: pure."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

_WHOLLY = ("expect", "consents")  # every call of theirs judges or changes what is judged
_DEMAND = "require_"  # beginning of the names of judging functions
_OURS = "gauntlet."  # where a check's helpers may be; what they do counts as well
_APART = "gauntlet.expect"  # its functions are counted by name, where they are called
_JUDGING = frozenset(
    {"refused", "require_control", "fault", "down", "arm", "require_applied", "wait_for", "moved", "CheckFailed"}
)
Reader = Callable[[str], str | None]
Functions = Mapping[str, ast.FunctionDef]


def judging_calls(source: str, read: Reader = lambda _: None) -> dict[str, dict[str, int]]:
    """Return for each check of a module the calls that judge or disturb, by name with their number.

    Functions of the same module, and those it imports from ours, count where they are used, once a check, so that
    moving one changes nothing. `read` returns the source of a module by its name, None when it cannot.
    """
    tree = ast.parse(source)
    functions = {**_imported(tree, read), **_defined(tree)}
    return {
        name: dict(Counter(call for used in _reached(name, functions) for call in _calls(functions[used])))
        for name in _defined(tree)
        if name.startswith("test_")
    }


def _defined(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def _imported(tree: ast.Module, read: Reader) -> dict[str, ast.FunctionDef]:
    """Return the functions that a check's module imports by name, and their modules' other plain functions."""
    found: dict[str, ast.FunctionDef] = {}
    for node in ast.walk(tree):
        name = node.module if isinstance(node, ast.ImportFrom) and node.module else ""
        if name.startswith(_OURS) and name != _APART and (source := read(name)) is not None:
            found |= {item.name: item for item in ast.parse(source).body if isinstance(item, ast.FunctionDef)}
    return found


def _reached(name: str, functions: Functions) -> set[str]:
    """Return `name` and the functions that it uses, directly or through others."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        if (one := waiting.pop()) not in reached:
            reached.add(one)
            waiting += _used(functions[one], functions)
    return reached


def _used(function: ast.FunctionDef, functions: Functions) -> Iterator[str]:
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
