"""The EHR's own rate limit."""

from __future__ import annotations

from typing import Any

from mock_ehr.control.console import Console
from mock_ehr.control.route import Call, Route
from mock_ehr.control.shape import number, record
from mock_ehr.throttle import Rate

_RATE = {
    "rate_per_s": number("requests a second on average", exclusiveMinimum=0, maximum=1_000_000),
    "burst": number("requests at once", minimum=1, maximum=1_000_000),
}


def limit(console: Console, call: Call) -> Any:
    """Limit every client."""
    rate = Rate(float(call.body["rate_per_s"]), float(call.body["burst"]))
    console.state.throttle.limit(rate)
    return {"rate_per_s": rate.per_s, "burst": rate.burst}


def lift(console: Console, _call: Call) -> Any:
    """Lift the limit."""
    console.state.throttle.lift()
    return {"throttle": None}


ROUTES = (
    Route(
        "PUT", "/throttle", "limit", "Limit the rate of every client; buckets start full",
        limit,
        body=record(_RATE, *_RATE),
        gives=record(_RATE, *_RATE),
    ),
    Route(
        "DELETE", "/throttle", "lift", "Lift the limit",
        lift,
        gives=record({"throttle": {"type": "null"}}, "throttle"),
    ),
)  # fmt: skip
