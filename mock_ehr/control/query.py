"""The query of a control request, each parameter as its schema says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_ehr.behaviours import closest
from mock_ehr.control.refusal import RefusedError, listed
from mock_ehr.control.shape import Schema, check
from mock_ehr.message import MalformedQueryError, Request

_LONGEST_NUMBER = 18


def read_query(request: Request, known: Mapping[str, Schema]) -> dict[str, Any]:
    """Return the parameters by name. Raises RefusedError (400) for unknown, repeated and wrong ones."""
    try:
        pairs = request.parameters()
    except MalformedQueryError as error:
        raise RefusedError(400, str(error)) from error
    found: dict[str, Any] = {}
    for name, given in pairs:
        if name not in known:
            near = closest(name, tuple(known))
            raise RefusedError(400, f"unknown parameter {name!r}{near}", f"valid: {listed(list(known))}")
        if name in found:
            raise RefusedError(400, f"{name} is given twice", "give it once")
        found[name] = _value(name, given, known[name])
        check(found[name], known[name], name)
    return found


def _value(name: str, given: str, schema: Schema) -> Any:
    kind = schema["type"]
    if kind == "string":
        return given
    if kind == "boolean":
        if given not in ("true", "false"):
            raise RefusedError(400, f"{name} is {given[:80]!r}", "valid: true, false")
        return given == "true"
    try:
        return _number(given, kind)
    except ValueError:
        wanted = "a whole number, 0 or more" if kind == "integer" else "a number"
        raise RefusedError(400, f"{name} is {given[:80]!r}", wanted) from None


def _number(given: str, kind: str) -> float:
    if len(given) > _LONGEST_NUMBER or not given.isascii() or "_" in given:
        raise ValueError(given)
    return int(given) if kind == "integer" else float(given)
