"""Acknowledgements: made for what comes in, read from what comes back (HL7 v2.5.1 2.9 and 2.13.1). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from mock_ehr.hl7v2.reading import Hl7Error, Message, parse
from synthetic.writers.hl7v2_encoding import Field, Segment, encoded_segment
from synthetic.writers.hl7v2_values import stamp

CODES = ("AA", "AE", "AR", "CA", "CE", "CR")  # table 0008
ACCEPTED = ("AA", "CA")
_CONDITIONS = {  # table 0357
    "100": "Segment sequence error",
    "101": "Required field missing",
    "102": "Data type error",
    "103": "Table value not found",
    "200": "Unsupported message type",
    "201": "Unsupported event code",
    "202": "Unsupported processing id",
    "203": "Unsupported version id",
    "204": "Unknown key identifier",
    "207": "Application internal error",
}
_LONGEST_TEXT = 80


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What came back: MSA-1, MSA-2 and MSA-3."""

    code: str
    control_id: str
    text: str


def acknowledgement(
    message: Message | None, code: str, problem: Hl7Error | None, *, control_id: str, answers: str, now: int
) -> bytes:
    """Return the acknowledgement of `message` (None: it could not be read), which answers the control id `answers`.

    `problem` becomes MSA-3 and ERR. `now` is in seconds since 1970.
    """
    said = _said(message)
    text = str(problem)[:_LONGEST_TEXT] if problem else ""
    header: Segment = (
        "MSH",
        {
            3: said["receiver"],
            4: said["facility"],
            5: said["sender"],
            6: said["from"],
            7: stamp(now),
            9: ("ACK", said["event"], "ACK") if said["event"] else ("ACK",),
            10: control_id,
            11: said["processing"] or "T",
            12: said["version"] or "2.5.1",
            18: "UNICODE UTF-8",
        },
    )
    segments: list[Segment] = [header, ("MSA", {1: code, 2: answers, 3: text})]
    if problem:
        condition: Field = (problem.code, _CONDITIONS.get(problem.code, "Error"), "HL70357")
        segments.append(("ERR", {3: condition, 4: "E", 7: str(problem)}))
    return "".join(f"{encoded_segment(segment)}\r" for segment in segments).encode()


def _said(message: Message | None) -> dict[str, str]:
    """Return what an acknowledgement repeats of the message, sender and receiver by their names."""
    numbers = {"sender": 3, "from": 4, "receiver": 5, "facility": 6, "processing": 11, "version": 12}
    if message is None:
        return dict.fromkeys((*numbers, "event"), "")
    return {name: message.text("MSH", number) for name, number in numbers.items()} | {
        "event": message.text("MSH", 9, 2)
    }


def read_acknowledgement(data: bytes) -> Acknowledgement:
    """Return what an acknowledgement says. Raises Hl7Error when it is none."""
    message = parse(data)
    code = message.text("MSA", 1)
    if code not in CODES:
        raise Hl7Error("103", f"MSA-1 is {code!r}; it is one of {', '.join(CODES)}")
    return Acknowledgement(code, message.text("MSA", 2), message.text("MSA", 3) or message.text("ERR", 7))
