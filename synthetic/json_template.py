"""JSON written once as a Python value, then filled in thousands of times a second.

`compiled({"id": text("id"), "value": raw("value"), member("note"): ""})` gives a %-format string:
* `text(name)` stands for characters inside a JSON string (the value must need no escaping: `escaped` makes
  it so);
* `raw(name)` stands for any JSON, written as it is, which keeps decimals such as 1.50;
* `member(name)` as a key stands for nothing, or for whole members that begin with a comma (`,"note":"..."`).
"""

from __future__ import annotations

import json
import re
from typing import Any

# Private-use characters survive json.dumps unescaped and never occur in our tables.
_TEXT = re.compile("\ue000(\\w+)\ue001")
_RAW = re.compile('"\ue002(\\w+)\ue003"')
_MEMBER = re.compile(',"\ue004(\\w+)\ue005":""')


def text(name: str) -> str:
    """A place for characters within a JSON string."""
    return f"\ue000{name}\ue001"


def raw(name: str) -> str:
    """A place for a JSON value."""
    return f"\ue002{name}\ue003"


def member(name: str) -> str:
    """A place (used as a key, with "" as its value) for optional members; never the first of an object."""
    return f"\ue004{name}\ue005"


def minified(value: Any) -> str:
    """JSON without white space, non-ASCII characters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def escaped(characters: str) -> str:
    """Characters as they stand within a JSON string."""
    return minified(characters)[1:-1]


def compiled(shape: dict[str, Any]) -> str:
    """The %-format string of a shape; fill it with `template % {...}`."""
    body = minified(shape).replace("%", "%%")
    for pattern in (_MEMBER, _RAW, _TEXT):
        body = pattern.sub(r"%(\1)s", body)
    return body
