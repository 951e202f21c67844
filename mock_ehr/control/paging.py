"""Search sessions: what `next` links refer to."""

from __future__ import annotations

from typing import Any

from mock_ehr.control.console import Console
from mock_ehr.control.route import Call, Route
from mock_ehr.control.shape import record, whole


def expire(console: Console, _call: Call) -> Any:
    """End every search session."""
    return {"expired": console.state.sessions.expire_all()}


ROUTES = (
    Route(
        "POST", "/paging/expire", "expirePaging", "End every search session, so that next links fail",
        expire,
        gives=record({"expired": whole("sessions that ended")}, "expired"),
    ),
)  # fmt: skip
