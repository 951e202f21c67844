"""Changing a JSON document by a description: JSON Patch (RFC 6902) and JSON Merge Patch (RFC 7396). Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from mock_ehr.behaviours import closest

MOST_OPERATIONS = 1000
_MEMBERS: Mapping[str, tuple[str, ...]] = {
    "add": ("path", "value"),
    "remove": ("path",),
    "replace": ("path", "value"),
    "move": ("path", "from"),
    "copy": ("path", "from"),
    "test": ("path", "value"),
}


class PatchError(ValueError):
    """A patch that cannot be applied; the message names the operation and what is wrong."""


def merge_patched(target: Any, patch: Any) -> Any:
    """Return `target` changed by a merge patch: null removes, objects go deeper, all else replaces."""
    if not isinstance(patch, dict):
        return patch
    made = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            made.pop(name, None)
        else:
            made[name] = merge_patched(made.get(name), value)
    return made


def json_patched(target: Any, operations: Any) -> Any:
    """Return `target` after all operations. Raises PatchError; then nothing was changed."""
    if not isinstance(operations, list) or len(operations) > MOST_OPERATIONS:
        raise PatchError(f"a JSON Patch is a list of at most {MOST_OPERATIONS} operations")
    # the root sits in a list, so that it can be replaced like everything else
    root = [deepcopy(target)]
    for number, operation in enumerate(operations):
        try:
            _apply(root, operation)
        except PatchError as error:
            raise PatchError(f"operation {number}: {error}") from error
    return root[0]


def _apply(root: list[Any], operation: Any) -> None:
    if not isinstance(operation, dict):
        raise PatchError(f"it is {operation!r:.80}; it is an object with op and path")
    name = operation.get("op")
    if not isinstance(name, str) or name not in _MEMBERS:
        raise PatchError(f"op is {name!r:.80}; valid: {', '.join(_MEMBERS)}{closest(name, tuple(_MEMBERS))}")
    missing = [member for member in _MEMBERS[name] if member not in operation]
    if missing:
        raise PatchError(f"{name} has no {missing[0]}")
    path = pointer(operation["path"])
    if name in ("move", "copy"):
        source = pointer(operation["from"])
        if name == "move" and path[: len(source)] == source and path != source:
            raise PatchError("a value cannot move into itself")
        value = deepcopy(_at(root, source))
        if name == "move":
            _remove(root, source)
        _add(root, path, value)
        return
    _SIMPLE[name](root, path, deepcopy(operation.get("value")))


def pointer(text: object) -> list[str]:
    """Return the parts of a JSON Pointer (RFC 6901), with the place of the root in front. Raises PatchError."""
    if not isinstance(text, str) or (text and not text.startswith("/")):
        raise PatchError(f"{text!r:.80} is no JSON Pointer; it is empty or begins with a slash, like /name/0/family")
    return ["0", *(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])]


def _at(root: list[Any], path: list[str]) -> Any:
    found: Any = root
    for part in path:
        found = found[_place(found, part)]
    return found


def _place(holder: Any, part: str, *, beyond: bool = False) -> Any:
    """Return the key or index of `part` in `holder`; `beyond` allows what is not there yet."""
    if isinstance(holder, dict):
        if part not in holder and not beyond:
            raise PatchError(f"there is no {part!r}{closest(part, tuple(holder))}")
        return part
    if not isinstance(holder, list):
        raise PatchError(f"there is nothing below {holder!r:.40}")
    if part == "-" and beyond:
        return len(holder)
    whole = part.isascii() and part.isdecimal() and len(part) < 10 and str(int(part)) == part
    if not whole or int(part) >= len(holder) + beyond:
        raise PatchError(f"{part!r} is no place in a list of {len(holder)}")
    return int(part)


def _add(root: list[Any], path: list[str], value: Any) -> None:
    if len(path) == 1:
        root[0] = value
        return
    holder = _at(root, path[:-1])
    place = _place(holder, path[-1], beyond=True)
    if isinstance(holder, list):
        holder.insert(place, value)
    else:
        holder[place] = value


def _remove(root: list[Any], path: list[str], _value: Any = None) -> None:
    if len(path) == 1:
        raise PatchError("the whole document cannot be removed")
    holder = _at(root, path[:-1])
    del holder[_place(holder, path[-1])]


def _replace(root: list[Any], path: list[str], value: Any) -> None:
    holder = _at(root, path[:-1])
    holder[_place(holder, path[-1])] = value


def _test(root: list[Any], path: list[str], value: Any) -> None:
    found = _at(root, path)
    if found != value or isinstance(found, bool) is not isinstance(value, bool):
        raise PatchError(f"the test failed: there is {found!r:.80}")


_SIMPLE: Mapping[str, Callable[[list[Any], list[str], Any], None]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "test": _test,
}
