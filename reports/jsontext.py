"""JSON text laid out for reading without changing a character of its values.

Evidence has to stay as it was: parsing and writing again would turn 1.50 into 1.5 and drop a key given twice.
"""

from __future__ import annotations

import json
import re

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_INDENT = "  "


def pretty(text: str, limit: int) -> str:
    """Return JSON `text` indented when it is valid and the result stays within `limit`, else unchanged."""
    if len(text) > limit or not text.lstrip().startswith(("{", "[")):
        return text
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text
    laid_out = _laid_out(_TOKEN.findall(text))
    return laid_out if len(laid_out) <= limit else text


def _laid_out(tokens: list[str]) -> str:
    parts: list[str] = []
    depth = 0
    for place, part in enumerate(tokens):
        following = tokens[place + 1] if place + 1 < len(tokens) else ""
        if part in "{[":
            depth += 1
            parts.append(part if following in ("}", "]") else part + _line(depth))
        elif part in "}]":
            depth -= 1
            empty = place > 0 and tokens[place - 1] in ("{", "[")
            parts.append(part if empty else _line(depth) + part)
        elif part == ",":
            parts.append(part + _line(depth))
        else:
            parts.append(part + " " if part == ":" else part)
    return "".join(parts)


def _line(depth: int) -> str:
    return "\n" + _INDENT * depth
