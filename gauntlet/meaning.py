"""Comparing what was delivered with the truth of the chart: element by element, numbers to the last digit."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

# What a gateway may add, drop or spell in its own way without changing what the record says.
_NOT_CLINICAL = frozenset({"id", "meta", "text", "implicitRules", "language", "contained"})
_DISPLAY_ONLY = frozenset({"display", "userSelected", "assigner"})
# What turns a record into another one when it is added: the modifier elements of the types and data types in play
# (FHIR R4, conformance rules, modifier elements; `use` and `active` aside, which gateways fill in with defaults).
_MODIFIERS = frozenset(
    {
        "modifierExtension",
        "comparator",
        "doNotPerform",
        "deceasedBoolean",
        "deceasedDateTime",
        "link",
        "clinicalStatus",
        "verificationStatus",
        "dataAbsentReason",
    }
)
# Lists in which one element more is another statement about the patient, not another way to say the same.
_COMPLETE = frozenset({"component", "dosageInstruction", "doseAndRate", "reaction", "referenceRange", "interpretation"})
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where the delivered record says something else: path, truth, and what was delivered."""

    path: str
    expected: str
    delivered: str


def first_difference(delivered: dict[str, Any], truth: dict[str, Any]) -> Difference | None:
    """Return the first element of `truth` that `delivered` does not say, or None when it says all of it.

    Elements of the truth must all be there. Lists of objects must hold each element of the truth in any order, and the
    gateway may add further ones such as a second coding; nothing may be added that modifies the statement, and lists of
    plain values (given names, address lines) are equal in order. Numbers are compared with their precision: 1.50 is not
    1.5. Times are equal when they name the same instant, references when they name the same resource.
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
    elif not _same_value(delivered, truth, path):
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
    for key in sorted(_MODIFIERS & (delivered.keys() - truth.keys())):
        if delivered[key] is not False:  # false is what absence says: not deceased, to be performed
            yield Difference(f"{path}.{key}", "(absent)", _shown(delivered[key]))


def _in_list(delivered: Any, truth: list[Any], path: str) -> Iterator[Difference]:
    if not isinstance(delivered, list):
        yield Difference(path, _shown(truth), _shown(delivered))
        return
    plain = not all(isinstance(item, dict) for item in truth)
    if (plain or path.rpartition(".")[2] in _COMPLETE) and len(delivered) != len(truth):
        yield Difference(path, _shown(truth), _shown(delivered))
        return
    if plain:
        for number, (theirs, ours) in enumerate(zip(delivered, truth, strict=True)):
            yield from _differences(theirs, ours, f"{path}[{number}]")
        return
    unmatched = _first_unmatched(
        [[i for i, other in enumerate(delivered) if not any(_differences(other, item, path))] for item in truth]
    )
    if unmatched is not None:
        yield Difference(f"{path}[{unmatched}]", _shown(truth[unmatched]), _shown(delivered))


def _first_unmatched(fits: list[list[int]]) -> int | None:
    """Return the first element of the truth for which no delivered one is left, or None.

    `fits[n]` are the delivered elements that say what element n says. An element that fits several must not take the
    only one that fits another, so this is a matching in a bipartite graph (by augmenting paths).
    """
    taken_by: dict[int, int] = {}

    def place(item: int, tried: set[int]) -> bool:
        for candidate in fits[item]:
            if candidate not in tried:
                tried.add(candidate)
                if candidate not in taken_by or place(taken_by[candidate], tried):
                    taken_by[candidate] = item
                    return True
        return False

    return next((item for item in range(len(fits)) if not place(item, set())), None)


def _same_value(delivered: Any, truth: Any, path: str) -> bool:
    if isinstance(truth, Decimal) or isinstance(delivered, Decimal):
        return _is_number(delivered) and _is_number(truth) and str(delivered) == str(truth)
    if isinstance(truth, str) and isinstance(delivered, str):
        return delivered == truth or _same_instant(delivered, truth) or _same_reference(delivered, truth, path)
    return type(delivered) is type(truth) and bool(delivered == truth)


def _same_instant(delivered: str, truth: str) -> bool:
    """Return whether both are times with seconds and zone and name the same instant."""
    if not (_INSTANT.fullmatch(delivered) and _INSTANT.fullmatch(truth)):
        return False
    try:
        return dt.datetime.fromisoformat(delivered) == dt.datetime.fromisoformat(truth)
    except ValueError:
        return False


def _same_reference(delivered: str, truth: str, path: str) -> bool:
    """Return whether an absolute URL refers to the resource that the truth refers to relatively.

    Whether that URL may be given out is another check's question.
    """
    return path.endswith(".reference") and bool(re.fullmatch(rf"https?://[^?#]*/{re.escape(truth)}", delivered))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= 300 else text[:297] + "..."
