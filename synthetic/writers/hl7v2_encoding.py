r"""HL7 v2 encoding rules (HL7 v2.5.1 chapter 2, 2.5 to 2.7): delimiters, escapes, segments.

A field is a Python value: a text; a tuple of components, each a text or a tuple of subcomponents; or a list of such
repetitions. Texts are escaped here and nowhere else, so no name or comment can break out of its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache


class Null(Enum):
    """The explicit null. As a whole field it means: delete what you hold. An empty field leaves it as it is (2.5.3)."""

    DELETE = '""'


Component = str | tuple[str, ...]
Element = str | tuple[Component, ...]
Field = Element | list[Element] | Null
Segment = tuple[str, Mapping[int, Field]]

SEPARATORS = "^~\\&"

_MARKS = {ord(mark): f"\\{letter}\\" for mark, letter in zip("\\|^&~", "EFSTR", strict=True)}
_CONTROLS = {code: f"\\X{code:02X}\\" for code in (*range(0x20), 0x7F)}
_ESCAPES = _MARKS | _CONTROLS
_TWO_QUOTES = Null.DELETE.value
_SPECIAL = re.compile(r"[\\|^&~\x00-\x1f\x7f]")


def escaped(text: str) -> str:
    r"""A text as it stands within a component: \E\ \F\ \S\ \T\ \R\, control characters as \Xhh\ (2.7).

    A text of two quotation marks is written in hexadecimal, because as it is it would mean "delete".
    """
    if _SPECIAL.search(text):
        return text.translate(_ESCAPES)
    return text if text != _TWO_QUOTES else "\\X2222\\"


def encoded_field(field: Field) -> str:
    """A field with its delimiters; what is empty at the end of it is left out."""
    if isinstance(field, str):
        return escaped(field) if field else ""
    if isinstance(field, tuple):
        return _composite(field)
    if isinstance(field, Null):
        return _TWO_QUOTES
    return "~".join([escaped(one) if isinstance(one, str) else _composite(one) for one in field])


def encoded_segment(segment: Segment) -> str:
    """A segment without the carriage return that ends it. MSH-1 and MSH-2 are the delimiters themselves."""
    name, fields = segment
    first = 3 if name in ("MSH", "BHS", "FHS") else 1
    values = [""] * (max(fields, default=first - 1) + 1 - first)
    for number, field in fields.items():
        values[number - first] = encoded_field(field)
    head = f"{name}|{SEPARATORS}" if first == 3 else name
    return "|".join([head, *values]).rstrip("|") if values else head


@lru_cache(maxsize=4096)  # the same codes, places and people come back in every message
def _composite(components: tuple[Component, ...]) -> str:
    return "^".join([_component(component) for component in components]).rstrip("^")


def _component(component: Component) -> str:
    if isinstance(component, str):
        return escaped(component)
    return "&".join([escaped(part) for part in component]).rstrip("&")
