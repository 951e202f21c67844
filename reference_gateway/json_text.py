"""JSON in and out with exact decimals: 1.50 stays 1.50, and what is not strict JSON is refused.

Decimals matter in FHIR: trailing zeros state precision (http://hl7.org/fhir/R4/datatypes.html#decimal).
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

Json = dict[str, Any]

MAX_DEPTH = 40
_LARGEST_INTEGER_DIGITS = 18


class MalformedJson(ValueError):
    """The text is not strict JSON; the message says why without quoting the text."""


def read_strict(raw: bytes) -> Any:
    """Parse JSON of a consumer. Raises MalformedJson for anything RFC 8259 or FHIR does not allow.

    Refused: bad UTF-8, byte order mark, NUL, duplicate keys, NaN and Infinity, lone surrogates, nesting beyond 40.
    """
    text = _decoded(raw)
    if "\x00" in text or "\\u0000" in text:
        raise MalformedJson("the body contains a NUL character")
    value = _parsed(text, strict=True)
    _require_sound(value)
    return value


def read(raw: bytes) -> Any:
    """Parse JSON of the EHR: decimals exact, constants such as NaN refused. Raises MalformedJson."""
    return _parsed(_decoded(raw), strict=False)


def write(value: Any) -> bytes:
    """Serialise to minified JSON with decimals as they were read."""
    return orjson.dumps(value, default=_exact)


def fingerprint_text(value: Any) -> bytes:
    """Serialise with sorted keys: equal for equal content, whatever its spacing and key order."""
    return orjson.dumps(value, default=_exact, option=orjson.OPT_SORT_KEYS)


def _exact(value: Any) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _decoded(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedJson("the body is not UTF-8") from None
    if text.startswith("\ufeff"):
        raise MalformedJson("the body starts with a byte order mark")
    return text


def _parsed(text: str, *, strict: bool) -> Any:
    try:
        if strict:
            return json.loads(
                text,
                parse_float=_decimal,
                parse_int=_integer,
                parse_constant=_no_constant,
                object_pairs_hook=_no_duplicates,
            )
        return json.loads(text, parse_float=_decimal, parse_int=_integer, parse_constant=_no_constant)
    except MalformedJson:
        raise
    except RecursionError:
        raise MalformedJson("the body is nested too deeply") from None
    except ValueError:
        raise MalformedJson("the body is not valid JSON") from None


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise MalformedJson("a number is out of range") from None
    if abs(value.adjusted()) > 400:
        raise MalformedJson("a number is out of range")
    return value


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= _LARGEST_INTEGER_DIGITS else _decimal(text)


def _no_constant(text: str) -> Any:
    raise MalformedJson(f"{text} is not JSON")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> Json:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise MalformedJson("an object has the same key twice")
    return value


def _require_sound(value: Any) -> None:
    """Refuse deep nesting and lone surrogates (which UTF-8 cannot carry)."""
    open_items: list[tuple[Any, int]] = [(value, 1)]
    while open_items:
        item, depth = open_items.pop()
        if depth > MAX_DEPTH:
            raise MalformedJson(f"the body is nested deeper than {MAX_DEPTH} levels")
        if isinstance(item, dict):
            open_items.extend((child, depth + 1) for child in item.values())
            open_items.extend((key, depth + 1) for key in item)
        elif isinstance(item, list):
            open_items.extend((child, depth + 1) for child in item)
        elif isinstance(item, str) and not _encodable(item):
            raise MalformedJson("a text holds a lone surrogate")


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
