"""HL7 v2: the feed that tells what happened, messages one at a time, and what gateways sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from mock_ehr.control.console import Console
from mock_ehr.control.hl7v2_shape import (
    DELIVERY,
    FEED,
    FEED_STATUS,
    PLAN,
    PLAN_SHOWN,
    RECEIVED,
    RULES,
    SEND,
    TOLD,
    parse_to,
)
from mock_ehr.control.refusal import RefusedError, absent
from mock_ehr.control.route import Call, Route
from mock_ehr.control.shape import record, rows, text, whole
from mock_ehr.hl7v2.feeding import Order
from mock_ehr.hl7v2.inbox import Plan
from mock_ehr.hl7v2.interfaces import NoMessagesError
from mock_ehr.hl7v2.judging import Rules
from mock_ehr.hl7v2.pacing import Stretch
from mock_ehr.hl7v2.planning import MOST_SORTED
from mock_ehr.hl7v2.sending import Outgoing, Policy

_POLICY = ("timeout_s", "resends", "pause_s", "resend_errors")


def status(console: Console, _call: Call | None = None) -> Any:
    """Tell what both interfaces do."""
    hl7 = console.state.hl7v2
    return {
        "listening": hl7.address or None,
        "feed": hl7.feed.status() if hl7.feed else None,
        "rules": asdict(hl7.inbox.rules),
        "acknowledgement": asdict(hl7.inbox.plan) if hl7.inbox.plan else None,
    }


def start(console: Console, call: Call) -> Any:
    """Start a feed; the one before ends."""
    body, hl7 = call.body, console.state.hl7v2
    charts = chosen_charts(console, body)
    by_time = body.get("order", "time" if len(charts) <= MOST_SORTED else "chart") == "time"
    if by_time and len(charts) > MOST_SORTED:
        raise RefusedError(400, f"order time with {len(charts)} charts", f"at most {MOST_SORTED}, or order chart")
    order = order_of(body, Stretch(float(body.get("rate_per_s", 10.0))))
    try:
        feed = hl7.start(order, charts, frozenset(body.get("events", ())), by_time=by_time)
    except NoMessagesError as error:
        raise RefusedError(400, str(error)) from error
    return feed.status()


def chosen_charts(console: Console, body: Mapping[str, Any]) -> range | list[int]:
    """Return the indices of the charts that a feed is about. Raises RefusedError."""
    population = console.state.store.population
    if "patients" in body and ("first" in body or "count" in body):
        raise RefusedError(
            400, "patients and first or count are both given", "name patients, or a range of the population"
        )
    if "patients" in body:
        found = [population.locate("Patient", patient) for patient in body["patients"]]
        for patient, index in zip(body["patients"], found, strict=True):
            if index is None:
                raise absent(f"no patient {patient[:100]!r}", "GET /patients lists some; ids are case-sensitive")
        return [index for index in found if index is not None]
    first = body.get("first", 0)
    last = min(population.size, first + body.get("count", population.size))
    if first >= population.size:
        raise RefusedError(400, f"first is {first}", f"there are {population.size} patients, the first is 0")
    return range(first, last)


def order_of(body: Mapping[str, Any], *rate: Stretch) -> Order:
    """Return where to and how a body wants messages sent. Raises RefusedError."""
    host, port = parse_to(body["to"])
    stretches = [Stretch(float(one["rate_per_s"]), one.get("for_s")) for one in body.get("schedule", ())]
    if any(stretch.for_s is None for stretch in stretches[:-1]):
        raise RefusedError(400, "schedule: for_s is missing", "only the last stretch may go on to the end")
    if "rate_per_s" in body and stretches:
        raise RefusedError(400, "rate_per_s and schedule are both given", "give one of them")
    if stretches and stretches[-1].for_s is None and stretches[-1].rate_per_s == 0:
        raise RefusedError(400, "schedule ends with a rate of 0", "a pause needs for_s")
    policy = Policy(**{name: body[name] for name in _POLICY if name in body})
    return Order(host, port, tuple(stretches) or rate, policy, body.get("limit"))


def stop(console: Console, _call: Call) -> Any:
    """Stop the feed."""
    console.state.hl7v2.stop()
    feed = console.state.hl7v2.feed
    return {"feed": feed.status() if feed else None}


async def send(console: Console, call: Call) -> Any:
    """Send one message and tell how it was acknowledged."""
    hl7, body = console.state.hl7v2, call.body
    order = order_of({"resends": 0, **body})
    delivery = await hl7.send(order, outgoing_of(console, body))
    return asdict(delivery)


def outgoing_of(console: Console, body: Mapping[str, Any]) -> Outgoing:
    """Return the message that a body names. Raises RefusedError."""
    if "text" in body:
        extra = [name for name in ("patient", "event", "control_id", "processing_id", "version") if name in body]
        if extra:
            raise RefusedError(400, f"text and {extra[0]} are both given", "text is sent as it is")
        data = body["text"].replace("\r\n", "\r").replace("\n", "\r").encode()
        fields = data.partition(b"\r")[0].split(b"|")
        control_id = fields[9].decode() if len(fields) > 9 else ""
        return Outgoing("(text)", control_id, data)
    changes = {name: body[name] for name in ("control_id", "processing_id", "version") if name in body}
    try:
        return console.state.hl7v2.message(body["patient"], body["event"], changes)
    except NoMessagesError as error:
        raise absent(str(error), "GET /hl7v2/messages/{patient} lists what there is") from error


def told(console: Console, call: Call) -> Any:
    """List what there is to tell about a patient."""
    try:
        return {"messages": console.state.hl7v2.told(call.path["patient"])}
    except NoMessagesError as error:
        raise absent(str(error), "GET /patients lists some; ids are case-sensitive") from error


def received(console: Console, call: Call) -> Any:
    """List what gateways sent, refused messages too."""
    query, inbox = call.query, console.state.hl7v2.inbox
    found = inbox.received(query.get("since", 0), query.get("patient", ""), query.get("event", ""))
    return {"messages": found, "dropped": inbox.dropped}


def plan(console: Console, call: Call) -> Any:
    """Say how messages are acknowledged from now on."""
    inbox = console.state.hl7v2.inbox
    if call.body["answer"] == "late" and "delay_s" not in call.body:
        raise RefusedError(400, "delay_s is missing", "late needs delay_s, in seconds")
    inbox.plan = Plan(**call.body)
    return status(console)


def usual(console: Console, _call: Call) -> Any:
    """Acknowledge by the rules again."""
    console.state.hl7v2.inbox.plan = None
    return status(console)


def rules(console: Console, call: Call) -> Any:
    """Set what the inbound interface takes."""
    inbox = console.state.hl7v2.inbox
    given: dict[str, Any] = dict(call.body)
    if "events" in given:
        given["events"] = tuple(given["events"])
    inbox.rules = Rules(**given)
    return status(console)


_STATUS = record(
    {
        "listening": {"type": ["string", "null"], "description": "host:port"},
        "feed": {"anyOf": [FEED_STATUS, {"type": "null"}]},
        "rules": RULES,
        "acknowledgement": {"anyOf": [PLAN_SHOWN, {"type": "null"}]},
    },
    "listening", "feed", "rules", "acknowledgement",
)  # fmt: skip
_QUERY = {
    "since": whole("only messages with a greater seq"),
    "patient": text("patient id"),
    "event": text("type^event, like ORM^O01"),
}
ROUTES = (
    Route("GET", "/hl7v2", "hl7v2", "Tell what feed and inbox do", status, gives=_STATUS),
    Route("PUT", "/hl7v2/feed", "startFeed", "Send the population's messages to a receiver on this machine", start,
          body=FEED, gives=FEED_STATUS),
    Route("DELETE", "/hl7v2/feed", "stopFeed", "Stop the feed", stop,
          gives=record({"feed": {"anyOf": [FEED_STATUS, {"type": "null"}]}}, "feed")),
    Route("POST", "/hl7v2/send", "sendMessage",
          "Send one message, of a patient's chart or as given, and tell how it was acknowledged", send,
          body=SEND, gives=DELIVERY),
    Route("GET", "/hl7v2/messages/{patient}", "listMessages", "List what there is to tell about a patient", told,
          gives=record({"messages": rows(TOLD)}, "messages")),
    Route("GET", "/hl7v2/received", "listReceived", "List what gateways sent, refused messages too", received,
          query=_QUERY, gives=record({"messages": rows(RECEIVED), "dropped": whole("forgotten ones")},
                                     "messages", "dropped")),
    Route("PUT", "/hl7v2/acknowledgement", "setAcknowledgement", "Acknowledge wrongly on purpose", plan,
          body=PLAN, gives=_STATUS),
    Route("DELETE", "/hl7v2/acknowledgement", "resetAcknowledgement", "Acknowledge by the rules again", usual,
          gives=_STATUS),
    Route("PUT", "/hl7v2/rules", "setRules", "Set what the inbound interface takes; what is left out is as at first",
          rules, body=RULES, gives=_STATUS),
)  # fmt: skip
