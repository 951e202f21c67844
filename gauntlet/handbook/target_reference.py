"""The reference of the target file, made from its model and the list of placeholders. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from gauntlet.placeholder import NAMES, OF_VENDOR

_HEAD = """\
<!-- written by `python -m gauntlet.handbook docs`: change the model instead -->

# The target file

Every table and key that a target file may have. `gauntlet init FILE` writes a commented one to start from; unknown keys
are refused with the closest match. Write only what differs from the default.
"""
_BOUNDS = (
    ("exclusiveMinimum", "more than {}"),
    ("minimum", "at least {}"),
    ("exclusiveMaximum", "less than {}"),
    ("maximum", "at most {}"),
    ("minItems", "at least {} items"),
)
Schema = Mapping[str, Any]


def target_reference(model: type[BaseModel]) -> str:
    """Return the page as Markdown."""
    schema = model.model_json_schema()
    parts = [_HEAD, *_tables("", schema, schema.get("$defs", {})), _placeholders()]
    return "\n".join(parts).rstrip() + "\n"


def _tables(name: str, schema: Schema, definitions: Schema) -> Iterator[str]:
    """Yield the part of one table and then those of the tables inside it."""
    inner: list[tuple[str, Schema]] = []
    rows: list[str] = []
    for key, raw in schema.get("properties", {}).items():
        table, heading = _table_of(raw, definitions)
        if table is None:
            rows.append(_row(key, raw, definitions, key in schema.get("required", ())))
        else:
            path = f"{name}.{key}" if name else key
            inner.append((heading.format(path), table))
    if name:
        heading = f"## `[{name}]`"
        yield "\n".join([heading, "", _sentence(schema.get("description", "")), ""])
        if rows:
            yield "\n".join(["| key | type | default | |", "|---|---|---|---|", *rows, ""])
    for path, table in inner:
        yield from _tables(path, table, definitions)


def _table_of(raw: Schema, definitions: Schema) -> tuple[Schema | None, str]:
    """Return the table that a key holds, and how its heading is made of the path; None for a plain value."""
    for option in [raw, *raw.get("anyOf", ())]:
        named = option.get("additionalProperties")
        for target, heading in (
            (option.get("items"), "[{}]"),  # several of it
            (named if isinstance(named, dict) else None, '{}."NAME"'),
            (option, "{}"),
        ):
            found = _resolved(target or {}, definitions)
            if "properties" in found or found.get("additionalProperties") is False:  # also a table without keys
                return found, heading
    return None, ""


def _resolved(raw: Schema, definitions: Schema) -> Schema:
    reference = raw.get("$ref", "")
    found: Schema = definitions[reference.removeprefix("#/$defs/")] if reference else raw
    return found


def _row(key: str, raw: Schema, definitions: Schema, required: bool) -> str:
    default = "required" if required else _default(raw)
    return f"| `{key}` | {_type(raw, definitions)} | {default} | {_escaped(raw.get('description', ''))} |"


def _default(raw: Schema) -> str:
    value = raw.get("default")
    if value is None:
        return "absent"
    if isinstance(value, str):
        return f'`"{_escaped(value)}"`'
    return f"`{str(value).lower() if isinstance(value, bool) else value}`".replace("|", "\\|")


def _type(raw: Schema, definitions: Schema) -> str:
    if "anyOf" in raw:
        options = [_type(option, definitions) for option in raw["anyOf"] if option.get("type") != "null"]
        return " or ".join(dict.fromkeys(options))
    raw = _resolved(raw, definitions)
    if "enum" in raw or "const" in raw:
        return ", ".join(f'`"{value}"`' for value in raw.get("enum", [raw.get("const")]))
    if raw.get("type") == "array":
        return f"list of {_type(raw.get('items', {}), definitions)}"
    if raw.get("type") == "object":
        return f"table of {_type(raw.get('additionalProperties') or {}, definitions)}"
    name = {"string": "text", "integer": "integer", "number": "number", "boolean": "true or false"}
    bounds = [text.format(f"{raw[key]:g}") for key, text in _BOUNDS if key in raw]
    kind = "date" if raw.get("format") == "date" else name.get(str(raw.get("type")), "anything")
    return ", ".join([kind, *bounds])


def _sentence(text: str) -> str:
    return " ".join(text.split())


def _escaped(text: str) -> str:
    return _sentence(text).replace("|", "\\|")


def _placeholders() -> str:
    vendors = {name: vendor for vendor, names in OF_VENDOR.items() for name in names}
    lines = [
        "## Placeholders",
        "",
        "`{name}` in any text is filled in by the lab, `${NAME}` comes from the environment: the way to give secrets.",
        "",
        "| placeholder | what it is | behind |",
        "|---|---|---|",
    ]
    lines += [f"| `{{{name}}}` | {_escaped(what)} | {vendors.get(name, 'every EHR')} |" for name, what in NAMES.items()]
    return "\n".join(lines)
