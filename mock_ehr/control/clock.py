"""The EHR's clock: offset, a set instant, standing still, moving on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mock_ehr.control.console import Console
from mock_ehr.control.refusal import RefusedError
from mock_ehr.control.route import Call, Route
from mock_ehr.control.shape import flag, number, record, text

CENTURY_S = 100 * 366 * 86_400
LAST = 253_402_300_000.0  # just before the year 10000

_OFFSET = number("seconds ahead of the real clock, behind it when negative", minimum=-CENTURY_S, maximum=CENTURY_S)
_SHOWN = record(
    {
        "offset_s": _OFFSET,
        "now": number("epoch seconds"),
        "instant": text("the same as an instant in UTC"),
        "frozen": flag("the clock stands still"),
    },
    "offset_s", "now", "instant", "frozen",
)  # fmt: skip


def shown(console: Console, _call: Call | None = None) -> Any:
    """Tell what the clock shows."""
    clock = console.state.clock
    now = clock.now()
    instant = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"offset_s": clock.offset_s, "now": now, "instant": instant, "frozen": clock.frozen}


def put(console: Console, call: Call) -> Any:
    """Set the clock: by its offset or by the instant it shows; it runs unless frozen is true."""
    clock, body = console.state.clock, call.body
    if "offset_s" in body and "now" in body:
        raise RefusedError(400, "offset_s and now are both given", "give one of them")
    instant = parse_instant(body["now"]) if "now" in body else None
    clock.reset()
    if body.get("frozen", False):
        clock.freeze()
    if instant is None:
        clock.offset_s = float(body["offset_s"])
    else:
        clock.set(instant)
    return shown(console)


def parse_instant(value: str) -> float:
    """Return an instant with its zone as epoch seconds. Raises RefusedError (400)."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment.year < 1900:
        raise RefusedError(400, f"now is {value[:80]!r}", "an instant with a zone, like 2026-06-15T07:30:00Z")
    return moment.timestamp()


def advance(console: Console, call: Call) -> Any:
    """Move the clock on."""
    clock = console.state.clock
    if not 0 <= clock.now() + call.body["seconds"] <= LAST:
        raise RefusedError(400, f"seconds is {call.body['seconds']}", "the clock stays between 1970 and the year 9999")
    clock.advance(call.body["seconds"])
    return shown(console)


def freeze(console: Console, _call: Call) -> Any:
    """Stop the clock."""
    console.state.clock.freeze()
    return shown(console)


def resume(console: Console, _call: Call) -> Any:
    """Let the clock go on from where it stands."""
    console.state.clock.resume()
    return shown(console)


ROUTES = (
    Route("GET", "/clock", "readClock", "Tell what the EHR's clock shows", shown, gives=_SHOWN),
    Route(
        "PUT", "/clock", "setClock", "Set the clock by offset or instant; it runs unless frozen",
        put,
        body=record(
            {"offset_s": _OFFSET, "now": text("instant with a zone"), "frozen": flag("hold it there")},
            anyOf=[{"required": ["offset_s"]}, {"required": ["now"]}],
        ),
        gives=_SHOWN,
    ),
    Route(
        "POST", "/clock/advance", "advanceClock", "Move the clock on, frozen or not",
        advance,
        body=record({"seconds": number("back when negative", minimum=-CENTURY_S, maximum=CENTURY_S)}, "seconds"),
        gives=_SHOWN,
    ),
    Route("POST", "/clock/freeze", "freezeClock", "Stop the clock", freeze, gives=_SHOWN),
    Route("POST", "/clock/resume", "resumeClock", "Let the clock go on without a jump", resume, gives=_SHOWN),
)  # fmt: skip
