"""A validator for the part of JSON Schema that our schema uses; an unknown keyword is an error."""

from __future__ import annotations

from typing import Any

KNOWN = {
    "$schema", "$id", "$defs", "$ref", "title", "description", "type", "properties", "required",
    "additionalProperties", "items", "anyOf", "enum", "const",
}  # fmt: skip
TYPES = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
    "array": list,
    "object": dict,
}


def problems(schema: dict[str, Any], value: Any) -> list[str]:
    """Return what is wrong with `value` by `schema`; an empty list means valid."""
    return _problems(schema, value, "$", schema["$defs"])


def _problems(schema: dict[str, Any], value: Any, at: str, definitions: dict[str, Any]) -> list[str]:
    assert set(schema) <= KNOWN, set(schema) - KNOWN
    if "$ref" in schema:
        return _problems(definitions[schema["$ref"].removeprefix("#/$defs/")], value, at, definitions)
    if "anyOf" in schema:
        tried = [_problems(option, value, at, definitions) for option in schema["anyOf"]]
        return [] if [] in tried else tried[0]
    if "enum" in schema:
        return [] if value in schema["enum"] else [f"{at}: {value!r} is none of {schema['enum']}"]
    if "const" in schema:
        return [] if value == schema["const"] else [f"{at}: {value!r} is not {schema['const']}"]
    if not isinstance(value, TYPES[schema["type"]]) or (isinstance(value, bool) and schema["type"] != "boolean"):
        return [f"{at}: {value!r} is no {schema['type']}"]
    return _inside(schema, value, at, definitions)


def _inside(schema: dict[str, Any], value: Any, at: str, definitions: dict[str, Any]) -> list[str]:
    if schema["type"] == "array":
        return [
            p
            for place, item in enumerate(value)
            for p in _problems(schema["items"], item, f"{at}[{place}]", definitions)
        ]
    if schema["type"] != "object":
        return []
    found = [f"{at}: {name} is missing" for name in schema.get("required", []) if name not in value]
    known, others = schema.get("properties", {}), schema["additionalProperties"]
    for name, item in value.items():
        if name not in known and others is False:
            found.append(f"{at}: {name} is not allowed")
        else:
            found += _problems(known.get(name, others), item, f"{at}.{name}", definitions)
    return found
