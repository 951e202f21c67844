"""Counts since the last reset."""

from __future__ import annotations

from typing import Any

from mock_ehr.control.console import Console
from mock_ehr.control.route import Call, Route


def counters(console: Console, _call: Call) -> Any:
    """Count exchanges by interaction, status and outcome; `total` of them, and how many are `open` at this moment."""
    return console.state.journal.counters() | {"throttled": console.state.throttle.refused}


ROUTES = (
    Route(
        "GET", "/counters", "counters", "Count exchanges by interaction, status and outcome since the last reset",
        counters,
        gives={"type": "object", "required": ["exchanges", "total", "open", "journal", "throttled"]},
    ),
)  # fmt: skip
