"""The vocabulary of faults as JSON Schema, read off the dataclasses that the fault engine checks with.

The request check leaves faults to the engine, whose messages say more; this is for the API description.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any

from mock_ehr.behaviours import VOCABULARY
from mock_ehr.fault_match import Match
from mock_ehr.fault_schedule import Schedule

_KINDS: Mapping[Any, Mapping[str, Any]] = types.MappingProxyType(
    {
        str: {"type": "string"},
        int: {"type": "integer"},
        float: {"type": "number"},
        bool: {"type": "boolean"},
        type(None): {"type": "null"},
        Any: {},
    }
)


def of_type(hint: Any) -> dict[str, Any]:
    """Return the schema of a type annotation."""
    if hint in _KINDS:
        return dict(_KINDS[hint])
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [of_type(one) for one in arguments]}
    if origin in (tuple, list, Sequence):
        return {"type": "array", "items": of_type(arguments[0])}
    return {"type": "object"}


def of_dataclass(made: type, **constants: str) -> dict[str, Any]:
    """Return the schema of a dataclass, its docstring as description."""
    hints = typing.get_type_hints(made)
    known = {spec.name.rstrip("_"): spec for spec in fields(made)}  # `from_` stands for `from`, a word of Python
    needed = [
        name
        for name, spec in known.items()
        if spec.default is MISSING and spec.default_factory is MISSING and spec.name in hints
    ]
    return {
        "type": "object",
        "description": " ".join((made.__doc__ or "").split()),
        "properties": {name: {"const": value} for name, value in constants.items()}
        | {name: of_type(hints[spec.name]) for name, spec in known.items()},
        "required": [*constants, *needed],
        "additionalProperties": False,
    }


FAULT: Mapping[str, Any] = types.MappingProxyType(
    {
        "type": "object",
        "properties": {
            "name": {"description": "how the journal calls it; the kind of the behaviour unless given"},
            "match": {"description": "which requests it strikes", "$ref": "#/components/schemas/FaultMatch"},
            "schedule": {"description": "when it strikes them", "$ref": "#/components/schemas/FaultSchedule"},
            "seed": {"type": "integer", "description": "of everything that is drawn; 0 unless given"},
            "behaviour": {"description": "what it does", "$ref": "#/components/schemas/FaultBehaviour"},
        },
        "required": ["behaviour"],
    }
)


def components() -> dict[str, Any]:
    """Return the schemas of matchers and behaviours by name."""
    words = {
        "".join(part.title() for part in kind.split("-")): of_dataclass(word, kind=kind)
        for kind, word in VOCABULARY.items()
    }
    one_of = [{"$ref": f"#/components/schemas/Fault{name}"} for name in words]
    match, schedule = of_dataclass(Match), of_dataclass(Schedule)
    match["properties"] |= schedule["properties"]  # words of the schedule may stand there too
    return {
        "FaultMatch": match,
        "FaultSchedule": schedule,
        "FaultBehaviour": {"oneOf": one_of},
        **{f"Fault{name}": schema for name, schema in words.items()},
    }
