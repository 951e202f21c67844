"""JSON that keeps numbers as they were written: 1.50 stays 1.50, for in FHIR precision has meaning."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import orjson


def loads(data: bytes | str, *, unique_names: bool = False) -> Any:
    """Parse JSON; numbers with a fraction become Decimal.

    Raises ValueError, also for NaN, for too deep nesting, and with `unique_names` for a name given twice.
    """
    pairs = refuse_repeats if unique_names else None
    try:
        return json.loads(data, parse_float=Decimal, parse_constant=refuse_constant, object_pairs_hook=pairs)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object of `pairs`. Raises ValueError for a name given twice."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name is given twice in one object")
    return made


def refuse_constant(name: str) -> None:
    """Raise ValueError: NaN and Infinity are no JSON."""
    raise ValueError(f"{name} is not JSON")


def dumps(value: Any) -> bytes:
    """Return `value` as minified JSON."""
    return orjson.dumps(value, default=decimal_as_written)


def decimal_as_written(value: object) -> orjson.Fragment:
    """Return a Decimal as the digits it was read from. Raises TypeError for anything else."""
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(f"{type(value).__name__} is not JSON")
