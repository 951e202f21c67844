"""FHIR R4 primitive types: what their values look like in JSON (http://hl7.org/fhir/R4/datatypes.html#primitive)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

_DAY = r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
_ZONE = r"(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_FULL_DAY = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "code": re.compile(r"[^\s]+( [^\s]+)*"),
    "id": re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII),
    "uri": re.compile(r"\S+"),
    "date": re.compile(_DAY, re.ASCII),
    "dateTime": re.compile(rf"{_DAY}|{_FULL_DAY}T{_CLOCK}{_ZONE}", re.ASCII),
    "instant": re.compile(rf"{_FULL_DAY}T{_CLOCK}{_ZONE}", re.ASCII),
    "time": re.compile(_CLOCK, re.ASCII),
    "base64Binary": re.compile(r"[\s0-9a-zA-Z+/=]+", re.ASCII),
}
_LIKE = {"canonical": "uri", "url": "uri", "oid": "uri", "uuid": "uri"}
_TEXTS = ("string", "markdown", "xhtml")
_SMALLEST_INTEGER = {"integer": -(2**31), "unsignedInt": 0, "positiveInt": 1}


def primitive(kind: str) -> Callable[[Any], bool]:
    """Return the test for values of a primitive type. Raises KeyError for a type that is none."""
    if kind == "boolean":
        return lambda value: isinstance(value, bool)
    if kind == "decimal":
        return lambda value: isinstance(value, int | Decimal | float) and not isinstance(value, bool)
    if kind in _TEXTS:
        return lambda value: isinstance(value, str) and bool(value) and not value.isspace()
    if kind in _SMALLEST_INTEGER:
        smallest = _SMALLEST_INTEGER[kind]
        return lambda value: type(value) is int and smallest <= value < 2**31
    fullmatch = _PATTERNS[_LIKE.get(kind, kind)].fullmatch
    if kind in ("date", "dateTime", "instant"):
        return lambda value: isinstance(value, str) and fullmatch(value) is not None and _real_day(value)
    return lambda value: isinstance(value, str) and fullmatch(value) is not None


def _real_day(value: str) -> bool:
    if len(value) < 10:
        return value[:4] != "0000"
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        return False
    return True
