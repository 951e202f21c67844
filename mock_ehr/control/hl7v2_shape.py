"""What the HL7 v2 routes take and give."""

from __future__ import annotations

from mock_ehr.control.refusal import RefusedError
from mock_ehr.control.shape import Schema, flag, number, record, rows, text, whole
from mock_ehr.hl7v2.inbox import ANSWERS
from mock_ehr.hl7v2.planning import EVENTS

MOST_CHARTS = 1_000_000
RESULTS = ("accepted", "error", "rejected", "unanswered", "unreachable")

_TO = text("receiver on this machine, like 127.0.0.1:2575")
_EVENT: Schema = {"type": "string", "enum": list(EVENTS), "description": "type^event"}
_RATE = number("messages a second; 0 is a pause", minimum=0, maximum=10_000)
_DELIVERIES = {
    "timeout_s": number("wait so long for an acknowledgement", exclusiveMinimum=0, maximum=300),
    "resends": whole("send again so often without one, with the same control id", maximum=100),
    "pause_s": number("wait so long before that", minimum=0, maximum=300),
    "resend_errors": flag("send again after AE and CE too"),
}
FEED = record(
    {
        "to": _TO,
        "first": whole("index of the first chart"),
        "count": whole("number of charts", maximum=MOST_CHARTS),
        "patients": rows(text("patient id"), minItems=1, maxItems=10_000),
        "events": rows(_EVENT, minItems=1),
        "order": {"type": "string", "enum": ["time", "chart"], "description": "by time over all charts, or one by one"},
        "rate_per_s": number("messages a second", exclusiveMinimum=0, maximum=10_000),
        "schedule": rows(
            record({"rate_per_s": _RATE, "for_s": number("seconds", exclusiveMinimum=0, maximum=86_400)}, "rate_per_s"),
            minItems=1,
            maxItems=100,
        ),
        "limit": whole("end after so many messages"),
        **_DELIVERIES,
    },
    "to",
)
SEND = record(
    {
        "to": _TO,
        "patient": text("patient id"),
        "event": _EVENT,
        "control_id": text("MSH-10 in the place of a new one", maxLength=199),
        "processing_id": text("MSH-11 in the place of T", maxLength=20),
        "version": text("MSH-12 in the place of 2.5.1", maxLength=20),
        "text": text("a message as it is sent; line ends become CR", maxLength=1 << 19),
        **_DELIVERIES,
    },
    "to",
    anyOf=[{"required": ["patient", "event"]}, {"required": ["text"]}],
)
DELIVERY = record(
    {
        "result": {"type": "string", "enum": list(RESULTS)},
        "code": {"type": "string", "description": "MSA-1"},
        "text": {"type": "string", "description": "MSA-3, or why there was none"},
        "attempts": whole("how often it was sent, or tried to"),
    },
    "result", "code", "text", "attempts",
)  # fmt: skip
FEED_STATUS = record(
    {
        "state": {"type": "string", "enum": ["waiting", "running", "finished", "stopped", "failed"]},
        "reason": {"type": "string"},
        "to": _TO,
        "done": whole("messages that were delivered or given up"),
        "counts": {"type": "object", "additionalProperties": whole("times")},
        "error_queue": rows({"type": "object"}, description="messages that were refused or never acknowledged"),
    },
    "state", "reason", "to", "done", "counts", "error_queue",
)  # fmt: skip
TOLD = record(
    {"event": _EVENT, "time": whole("seconds since 1970"), "control_id": text("MSH-10")}, "event", "time", "control_id"
)
RECEIVED = record(
    {
        "seq": whole("number"),
        "received": number("epoch seconds on the EHR's clock"),
        "event": {"type": ["string", "null"]},
        "control_id": {"type": ["string", "null"]},
        "repeated": flag("the same control id came before"),
        "patient": {"type": ["string", "null"]},
        "code": {"type": "string", "description": "how it was judged, whatever was answered"},
        "text": {"type": "string"},
    },
    "seq", "received", "event", "control_id", "repeated", "patient", "code", "text",
)  # fmt: skip
PLAN = record(
    {
        "answer": {"type": "string", "enum": list(ANSWERS), "description": "what goes back"},
        "delay_s": number("so much later", minimum=0, maximum=300),
        "first": {"type": "integer", "minimum": 0, "maximum": 1_000_000, "description": "only so many"},
        "event": text("only this type^event"),
        "patient": text("only about this patient"),
    },
    "answer",
)
PLAN_SHOWN = {"type": "object", "required": ["answer", "applied"]}
RULES = record(
    {
        "processing_id": text("MSH-11 that is taken", maxLength=20),
        "version": text("MSH-12 that is taken", maxLength=20),
        "events": rows(text("type^event that is taken, like ORM^O01"), minItems=1, maxItems=100),
    }
)


def parse_to(value: str) -> tuple[str, int]:
    """Return host and port of a receiver. Raises RefusedError (400): the mock talks to this machine only."""
    host, _, port = value.removeprefix("mllp://").rpartition(":")
    whole_port = port.isascii() and port.isdecimal() and len(port) <= 5 and 0 < int(port) <= 65_535
    if host not in ("127.0.0.1", "localhost") or not whole_port:
        raise RefusedError(400, f"to is {value[:100]!r}", "a receiver on this machine, like 127.0.0.1:2575")
    return "127.0.0.1", int(port)
