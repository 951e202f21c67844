"""What the inbound interface takes: the events, processing id and version that it is set up for, about known patients.

MSH-11 or MSH-12 that do not match the interface lead to rejection (vendors.md 1.16, W, E8). The conditions are those
of table 0357.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mock_ehr.hl7v2.reading import Hl7Error, Message

ORDERS = ("ORM^O01", "OMG^O19", "OML^O21", "ORU^R01")


@dataclass(frozen=True, slots=True)
class Rules:
    """How the interface is set up."""

    processing_id: str = "T"
    version: str = "2.5.1"
    events: tuple[str, ...] = ORDERS


def rejection(message: Message, rules: Rules) -> Hl7Error | None:
    """Return why the message as such is rejected (AR), None when it is not."""
    if not message.control_id:
        return Hl7Error("101", "MSH-10, the control id, is missing")
    processing = message.text("MSH", 11)
    if processing != rules.processing_id:
        return Hl7Error("202", f"MSH-11 is {processing!r}; this interface takes {rules.processing_id!r}")
    version = message.text("MSH", 12)
    if version != rules.version:
        return Hl7Error("203", f"MSH-12 is {version!r}; this interface takes {rules.version!r}")
    if message.event in rules.events:
        return None
    kind = message.event.partition("^")[0]
    known = any(event.startswith(f"{kind}^") for event in rules.events)
    taken = ", ".join(rules.events)
    return Hl7Error("201" if known else "200", f"MSH-9 is {message.event!r}; this interface takes {taken}")


def patient_of(message: Message, locate: Callable[[str], str]) -> str:
    """Return the id of the patient in PID-3; `locate` gives it for an MRN, "" for none.

    Raises Hl7Error (AE) when there is no PID or nobody has that number.
    """
    numbers = [number for number in message.repetitions("PID", 3) if number]
    if not numbers:
        raise Hl7Error("101", "PID-3, the patient's number, is missing")
    found = next(filter(None, map(locate, numbers)), "")
    if not found:
        raise Hl7Error("204", "nobody has the number in PID-3")
    return found
