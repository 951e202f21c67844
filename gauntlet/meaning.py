"""Comparing what was delivered with the truth of the chart: element by element, numbers to the last digit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

# What a gateway may add, drop or spell in its own way without changing what the record says.
_NOT_CLINICAL = frozenset({"id", "meta", "text", "implicitRules", "language", "contained"})
_DISPLAY_ONLY = frozenset({"display", "userSelected", "assigner"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where the delivered record says something else: path, truth, and what was delivered."""

    path: str
    expected: str
    delivered: str


def first_difference(delivered: dict[str, Any], truth: dict[str, Any]) -> Difference | None:
    """Return the first element of `truth` that `delivered` does not say, or None when it says all of it.

    Elements of the truth must all be there; lists must hold each element of the truth (in any order), and the gateway
    may add further elements such as a second coding. Numbers are compared with their precision: 1.50 is not 1.5.
    """
    resource_type = str(truth["resourceType"])
    if delivered.get("id") != truth.get("id"):
        return Difference(f"{resource_type}.id", str(truth.get("id")), str(delivered.get("id")))
    return next(_differences(delivered, truth, resource_type), None)


def _differences(delivered: Any, truth: Any, path: str) -> Iterator[Difference]:
    if isinstance(truth, dict):
        yield from _in_object(delivered, truth, path)
    elif isinstance(truth, list):
        yield from _in_list(delivered, truth, path)
    elif not _same_value(delivered, truth):
        yield Difference(path, _shown(truth), _shown(delivered))


def _in_object(delivered: Any, truth: dict[str, Any], path: str) -> Iterator[Difference]:
    if not isinstance(delivered, dict):
        yield Difference(path, _shown(truth), _shown(delivered))
        return
    for key, value in truth.items():
        if key in _DISPLAY_ONLY or (path.count(".") == 0 and key in _NOT_CLINICAL):
            continue
        if key not in delivered:
            yield Difference(f"{path}.{key}", _shown(value), "(absent)")
        else:
            yield from _differences(delivered[key], value, f"{path}.{key}")


def _in_list(delivered: Any, truth: list[Any], path: str) -> Iterator[Difference]:
    if not isinstance(delivered, list):
        yield Difference(path, _shown(truth), _shown(delivered))
        return
    rest = list(delivered)
    for number, item in enumerate(truth):
        match = next((i for i, other in enumerate(rest) if not any(_differences(other, item, path))), None)
        if match is None:
            yield Difference(f"{path}[{number}]", _shown(item), _shown(delivered))
            return
        rest.pop(match)


def _same_value(delivered: Any, truth: Any) -> bool:
    if isinstance(truth, Decimal) or isinstance(delivered, Decimal):
        return _is_number(delivered) and _is_number(truth) and str(delivered) == str(truth)
    return type(delivered) is type(truth) and bool(delivered == truth)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= 300 else text[:297] + "..."
