"""What a control request may hold: a small part of JSON Schema, checked here and published in the API description.

Words: type, enum, minimum, maximum, exclusiveMinimum, minLength, maxLength, items, minItems, properties, required,
additionalProperties (an object without it takes no unknown field), anyOf of required fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_ehr.behaviours import closest
from mock_ehr.control.refusal import RefusedError, listed

Schema = Mapping[str, Any]

_NAMES = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}
_LARGEST = 1 << 53  # beyond it a JSON number is not exact for every reader


def text(what: str, **more: Any) -> Schema:
    """Return the schema of a text that is not empty."""
    return {"type": "string", "minLength": 1, "maxLength": 4096, "description": what, **more}


def number(what: str, **more: Any) -> Schema:
    """Return the schema of a number."""
    return {"type": "number", "minimum": -_LARGEST, "maximum": _LARGEST, "description": what, **more}


def whole(what: str, **more: Any) -> Schema:
    """Return the schema of a whole number, 0 or more unless said otherwise."""
    return {"type": "integer", "minimum": 0, "maximum": _LARGEST, "description": what, **more}


def flag(what: str) -> Schema:
    """Return the schema of true or false."""
    return {"type": "boolean", "description": what}


def record(properties: Mapping[str, Schema], *required: str, **more: Any) -> Schema:
    """Return the schema of an object that takes these fields and no others."""
    shape = {"type": "object", "properties": dict(properties), "additionalProperties": False, **more}
    return shape | ({"required": list(required)} if required else {})


def rows(item: Schema, **more: Any) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": item, **more}


ANYTHING: Schema = {"type": "object", "additionalProperties": True}


def check(value: Any, schema: Schema, where: str) -> None:
    """Raise RefusedError (400) naming the place, the value and what is valid, unless `value` fits `schema`."""
    kind = schema.get("type")
    if kind is not None and not is_a(value, kind):
        raise RefusedError(400, f"{where} is {shortened(value)}; it is {_NAMES[kind]}", example(where, schema))
    if "enum" in schema and value not in schema["enum"]:
        valid = listed([str(choice) for choice in schema["enum"]])
        near = closest(value, tuple(str(choice) for choice in schema["enum"]))
        raise RefusedError(400, f"{where} is {shortened(value)}{near}", f"valid: {valid}")
    if isinstance(value, int | float):
        check_range(value, schema, where)
    elif isinstance(value, str):
        check_length(len(value), schema, where, "characters", ("minLength", "maxLength"))
    elif isinstance(value, list):
        check_length(len(value), schema, where, "items", ("minItems", "maxItems"))
        for place, item in enumerate(value):
            check(item, schema.get("items", {}), f"{where}[{place}]")
    elif isinstance(value, dict):
        check_fields(value, schema, where)


def is_a(value: Any, kind: str) -> bool:
    """Return whether a JSON value is of a JSON Schema type; true and false are no numbers."""
    if isinstance(value, bool) or kind == "boolean":
        return isinstance(value, bool) and kind == "boolean"
    kinds: dict[str, type | tuple[type, ...]] = {
        "string": str,
        "number": (int, float),
        "integer": int,
        "object": dict,
        "array": list,
        "null": type(None),
    }
    return isinstance(value, kinds[kind])


def check_range(value: float, schema: Schema, where: str) -> None:
    """Raise RefusedError unless a number lies in its range."""
    low, high, above = schema.get("minimum"), schema.get("maximum"), schema.get("exclusiveMinimum")
    if (
        (low is not None and value < low)
        or (high is not None and value > high)
        or (above is not None and value <= above)
        or value != value  # noqa: PLR0124 - not a number
    ):
        from_text = f"more than {above}" if above is not None else f"at least {low}"
        raise RefusedError(400, f"{where} is {shortened(value)}", f"{from_text} and at most {high}")


def check_length(length: int, schema: Schema, where: str, unit: str, names: tuple[str, str]) -> None:
    """Raise RefusedError unless a text or list is neither too short nor too long."""
    low, high = (schema.get(name) for name in names)
    if low is not None and length < low:
        raise RefusedError(
            400, f"{where} is empty" if not length else f"{where} has {length} {unit}", f"at least {low}"
        )
    if high is not None and length > high:
        raise RefusedError(400, f"{where} has {length} {unit}", f"at most {high}")


def check_fields(value: Mapping[str, Any], schema: Schema, where: str) -> None:
    """Raise RefusedError unless an object has the fields it needs and no unknown ones."""
    known = schema.get("properties", {})
    unknown = [name for name in value if name not in known]
    if unknown and not schema.get("additionalProperties", True):
        near = closest(unknown[0], tuple(known))
        raise RefusedError(400, f"{where}: unknown field {unknown[0]!r}{near}", f"valid: {listed(list(known))}")
    check_required(value, schema, where)
    for name, item in value.items():
        if name in known:
            check(item, known[name], name if where == "the body" else f"{where}.{name}")


def check_required(value: Mapping[str, Any], schema: Schema, where: str) -> None:
    """Raise RefusedError unless an object has the fields it needs."""
    known = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            raise RefusedError(400, f"{where}: {name} is missing", example(name, known[name]))
    choices = [choice["required"] for choice in schema.get("anyOf", ())]
    if choices and not any(all(name in value for name in names) for names in choices):
        names = " or ".join(" and ".join(choice) for choice in choices)
        raise RefusedError(400, f"{where}: {names} is missing", f"valid: {listed(list(known))}")


def example(where: str, schema: Schema) -> str:
    """Return a hint that says what goes into a place."""
    meaning = schema.get("description", "")
    kind = _NAMES.get(schema.get("type", ""), "a value")
    return f"{where}: {kind}" + (f", {meaning}" if meaning else "")


def shortened(value: Any) -> str:
    """Return a value as an error message shows it."""
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}..."
