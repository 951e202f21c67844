"""Putting things back to how they were at the start."""

from __future__ import annotations

from typing import Any

from mock_ehr.behaviours import closest
from mock_ehr.control.console import Console
from mock_ehr.control.refusal import RefusedError, listed
from mock_ehr.control.route import Call, Route
from mock_ehr.control.shape import record, rows, text


def reset(console: Console, call: Call) -> Any:
    """Reset everything, or the parts that the body names."""
    parts = (call.body or {}).get("parts", [])
    known = tuple(console.state.parts())
    for name in parts:
        if name not in known:
            raise RefusedError(400, f"parts holds {name!r}{closest(name, known)}", f"valid: {listed(known)}")
    return {"reset": True, "parts": console.state.reset(parts)}


ROUTES = (
    Route(
        "POST", "/reset", "reset", "Put everything back to the start but clients and the public address",
        reset,
        body=record({"parts": rows(text("name of a part"), description="only these", minItems=1)}),
        body_optional=True,
        gives=record({"reset": {"const": True}, "parts": rows(text("name of a part"))}, "reset", "parts"),
    ),
)  # fmt: skip
