"""JSON that keeps numbers as they were written: 1.50 stays 1.50, for in FHIR precision has meaning."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NamedTuple

import orjson


class Spelled(NamedTuple):
    """A number in a spelling of its own, such as 1.5E+3; read back it is a Decimal."""

    text: str

    @property
    def number(self) -> Decimal:
        """What it says."""
        return Decimal(self.text)


def loads(data: bytes) -> Any:
    """Parse JSON; numbers with a fraction or an exponent become Decimal. Raises ValueError."""
    return json.loads(data, parse_float=Decimal)


def dumps(value: Any) -> bytes:
    """Minified UTF-8 JSON of a value; Decimal and `Spelled` numbers keep their digits."""
    return orjson.dumps(value, default=as_written, option=orjson.OPT_PASSTHROUGH_SUBCLASS)


def as_written(value: object) -> orjson.Fragment:
    """A number as its digits. Raises TypeError for anything else."""
    if isinstance(value, Spelled):
        return orjson.Fragment(value.text)
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(f"{type(value).__name__} is not JSON")


def same(left: Any, right: Any) -> bool:
    """Whether two values are the same to the last digit: 1.50 is not 1.5, 1 is not true."""
    return bool(digits(left) == digits(right))


def digits(value: Any) -> Any:
    """A value whose numbers are told apart by their digits, for comparison."""
    if isinstance(value, Spelled):
        return digits(value.number)
    if isinstance(value, Decimal):
        return Decimal, value.as_tuple()
    if isinstance(value, dict):
        return {key: digits(item) for key, item in value.items()}
    if isinstance(value, list):
        return [digits(item) for item in value]
    return type(value), value
