"""What can be made out of a resource whose bytes are broken: an EHR's index knows it although its rendering fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from mock_ehr import exact_json

BOM = "\ufeff"
DECODER = json.JSONDecoder(parse_float=Decimal, strict=False)


def legible(data: bytes) -> dict[str, Any] | None:
    """Return the resource that `data` was meant to be; None when nobody can tell.

    Strict JSON first, then other encodings, text behind the end, bare control characters and NaN are forgiven.
    """
    try:
        parsed = exact_json.loads(data)
    except ValueError:
        parsed = forgiven(data)
    if isinstance(parsed, list) and len(parsed) == 1:
        parsed = parsed[0]
    return parsed if isinstance(parsed, dict) else None


def forgiven(data: bytes) -> Any:
    """Return what a forgiving parser reads at the beginning of `data`, None when it reads nothing."""
    for decode in DECODERS:
        try:
            return DECODER.raw_decode(decode(data).lstrip(BOM + " \r\n\t"))[0]
        except (ValueError, RecursionError):
            continue
    return None


DECODERS: tuple[Callable[[bytes], str], ...] = (
    lambda data: data.decode("utf-8"),
    lambda data: data.decode("utf-16"),
    lambda data: data.decode("latin-1"),
)


def is_canonical(data: bytes, parsed: Any) -> bool:
    """Return whether `data` is exactly the minified JSON of `parsed`, so that it may be parsed and written again."""
    try:
        return exact_json.dumps(parsed) == data
    except (TypeError, ValueError):
        return False
