"""HL7 v2 messages in the mock's journal: kind hl7v2, one entry for each time that a message crossed the wire."""

from __future__ import annotations

from mock_ehr.entry import Entry
from mock_ehr.facts import Facts
from mock_ehr.journal import KEPT_BODY, Journal
from mock_ehr.message import Request

OUT, IN = "out", "in"


def opened(journal: Journal, way: str, event: str, data: bytes, patients: tuple[str, ...]) -> Entry:
    """Note a message: `way` is OUT for what the EHR sends, IN for what it is sent."""
    path = f"/hl7v2/{way}/{event[:80]}"
    facts = Facts("hl7v2", "message", "MLLP", path, patients=patients)
    return journal.open(Request("MLLP", path, "", {}, data), facts)


def closed(journal: Journal, entry: Entry, answer: bytes, note: str, outcome: str) -> None:
    """Note how it went: the acknowledgement as it came or left, and what it means."""
    entry.response_body, entry.response_bytes = answer[:KEPT_BODY], len(answer)
    entry.note = note
    journal.close(entry, None, 0, outcome)
