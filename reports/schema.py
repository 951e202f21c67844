"""The published JSON Schema of results.json, made from the result types so that the two cannot drift apart.

`python -m reports.schema` writes it; the file beside this module is that output.
"""

from __future__ import annotations

import sys
from dataclasses import fields, is_dataclass
from enum import Enum
from importlib import resources
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import orjson

from gauntlet.result import SCHEMA_VERSION, RunResult

FILE = "results.schema.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}


def document() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of what `gauntlet.result.to_json` writes."""
    definitions: dict[str, Any] = {}
    root = _described(RunResult, definitions)
    root["properties"]["schema_version"] = {"const": SCHEMA_VERSION}
    return {
        "$schema": DIALECT,
        "$id": f"urn:gauntlet:results:{SCHEMA_VERSION}",
        "title": f"Gauntlet results, version {SCHEMA_VERSION}",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def text() -> bytes:
    """Return the schema as the JSON file that is published."""
    return orjson.dumps(document(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def published() -> bytes:
    """Return the schema file that this package carries."""
    return resources.files("reports").joinpath(FILE).read_bytes()


def _described(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a dataclass; those it refers to are added to `definitions`."""
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    return {
        "type": "object",
        "description": " ".join((kind.__doc__ or "").split()),
        "properties": {name: _of(hints[name], definitions) for name in names},
        "required": names,
        "additionalProperties": False,
    }


def _of(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of one field's type.

    Raises TypeError for a type that JSON results cannot have: add it here when the result types grow.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    if origin is list:
        return {"type": "array", "items": _of(arguments[0], definitions)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _of(arguments[1], definitions)}
    if origin is UnionType:
        return {"anyOf": [_of(argument, definitions) for argument in arguments]}
    if isinstance(kind, type) and (issubclass(kind, Enum) or is_dataclass(kind)):
        return _named(kind, definitions)
    raise TypeError(f"no JSON Schema for {kind!r} in the result types")


def _named(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = {}  # stands for itself while it is being described
        definitions[kind.__name__] = _enumerated(kind) if issubclass(kind, Enum) else _described(kind, definitions)
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _enumerated(kind: type[Enum]) -> dict[str, Any]:
    return {"description": " ".join((kind.__doc__ or "").split()), "enum": [member.value for member in kind]}


if __name__ == "__main__":
    sys.stdout.buffer.write(text())
