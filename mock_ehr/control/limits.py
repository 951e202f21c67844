"""The EHR's own rate limit."""

from __future__ import annotations

from typing import Any

from mock_ehr.control.console import Console
from mock_ehr.control.refusal import RefusedError
from mock_ehr.control.route import Call, Route
from mock_ehr.control.shape import ANYTHING, record, rows
from mock_ehr.throttle import LimitError

_LIMITS = rows(ANYTHING, description="one limit as described in mock_ehr.throttle_rule")


def limit(console: Console, call: Call) -> Any:
    """Put the limits of the body, one object or {"limits": [...]}, in place of those in force."""
    given = call.body["limits"] if set(call.body) == {"limits"} else call.body
    try:
        limits = console.state.throttle.configure(given)
    except LimitError as error:
        raise RefusedError(400, str(error)) from error
    return {"limits": limits} | (limits[0] if len(limits) == 1 else {})


def listing(console: Console, _call: Call) -> Any:
    """List the limits."""
    return {"limits": console.state.throttle.listing(), "refused": console.state.throttle.refused}


def lift(console: Console, _call: Call) -> Any:
    """Lift the limits."""
    console.state.throttle.lift()
    return {"throttle": None}


ROUTES = (
    Route(
        "PUT", "/throttle", "limit", "Limit clients: by rate, window or concurrency, in a dialect; counts start anew",
        limit,
        body=ANYTHING,
        gives=ANYTHING,
    ),
    Route(
        "GET", "/throttle", "listLimits", "List the limits in force and how many requests they refused",
        listing,
        gives=record({"limits": _LIMITS, "refused": {"type": "integer"}}, "limits", "refused"),
    ),
    Route(
        "DELETE", "/throttle", "lift", "Lift the limits",
        lift,
        gives=record({"throttle": {"type": "null"}}, "throttle"),
    ),
)  # fmt: skip
