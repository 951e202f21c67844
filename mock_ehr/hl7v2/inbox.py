"""What gateways sent: judged, kept, and answered as told."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from mock_ehr.entry import Entry
from mock_ehr.hl7v2.acknowledging import acknowledgement
from mock_ehr.hl7v2.judging import Rules, patient_of, rejection
from mock_ehr.hl7v2.ledger import IN, closed, opened
from mock_ehr.hl7v2.reading import Hl7Error, Message, parse
from mock_ehr.journal import Journal

KEPT_MESSAGES = 10_000
KEPT_BYTES = 64 * 1024 * 1024
ANSWERS = ("AA", "AE", "AR", "CA", "CE", "CR", "none", "late", "wrong-id", "broken", "reset")
_CODES = frozenset({"AA", "AE", "AR", "CA", "CE", "CR"})


@dataclass(frozen=True, slots=True)
class Plan:
    """How messages are acknowledged that fit: with a code whatever they say, not at all, late, wrongly, by a reset.

    `first`: only so many. `event` and `patient` "" fit all.
    """

    answer: str
    delay_s: float = 0.0
    first: int | None = None
    event: str = ""
    patient: str = ""
    applied: int = 0

    def fits(self, event: str, patient: str) -> bool:
        """Return whether it is about such a message, and not used up."""
        left = self.first is None or self.applied < self.first
        return left and self.event in ("", event) and self.patient in ("", patient)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. No data: nothing. `reset`: the connection is reset instead."""

    data: bytes
    delay_s: float
    reset: bool
    entry: Entry
    note: str


class Inbox:
    """Judges and keeps messages; the oldest go first when there are too many."""

    def __init__(self, journal: Journal, now: Callable[[], float], locate: Callable[[str], str]) -> None:
        self._journal = journal
        self._now = now
        self._locate = locate
        self._kept: deque[dict[str, Any]] = deque()
        self._bytes = 0
        self._count = 0
        self._seen: dict[str, int] = {}  # control id -> how often it came, of those that are kept
        self.rules = Rules()
        self.plan: Plan | None = None
        self.dropped = 0

    def take(self, data: bytes) -> Answer:
        """Judge and keep one message and return what is answered."""
        message, problem, code, patient = self._judge(data)
        event = message.event if message else ""
        entry = opened(self._journal, IN, event or "unreadable", data, (patient,) if patient else ())
        plan = self.plan if self.plan and self.plan.fits(event, patient) else None
        if plan is not None:
            self.plan = replace(plan, applied=plan.applied + 1)
            entry.faults.append(f"hl7v2-{plan.answer}")
            if plan.answer in _CODES:
                code, problem = plan.answer, forced(plan.answer, problem)
        accepted = code in ("AA", "CA")
        entry.committed = accepted
        self._keep(data, message, patient, code)
        note = f"{code} {problem or ''}".strip()
        return self._answer(message, entry, plan, code, problem, note)

    def _judge(self, data: bytes) -> tuple[Message | None, Hl7Error | None, str, str]:
        try:
            message = parse(data)
        except Hl7Error as problem:
            return None, problem, "AR", ""
        refused = rejection(message, self.rules)
        try:
            patient = patient_of(message, self._locate)
        except Hl7Error as problem:
            return (message, refused, "AR", "") if refused else (message, problem, "AE", "")
        return (message, refused, "AR", patient) if refused else (message, None, "AA", patient)

    def _answer(
        self, message: Message | None, entry: Entry, plan: Plan | None, code: str, problem: Hl7Error | None, note: str
    ) -> Answer:
        answer = plan.answer if plan else ""
        answers = message.control_id if message else ""
        if answer == "wrong-id":
            answers = f"{answers[:10]}-other"
        self._count += 1
        data = acknowledgement(
            message, code, problem, control_id=f"E{self._count:019d}", answers=answers, now=int(self._now())
        )
        if answer in ("none", "reset"):
            data = b""
        elif answer == "broken":
            data = data[: len(data) // 2].replace(b"MSA", b"MS")
        return Answer(data, plan.delay_s if plan else 0.0, answer == "reset", entry, note)

    def settled(self, answer: Answer, outcome: str) -> None:
        """Note in the journal how the answer left."""
        data = answer.data if outcome == "answered" else b""
        closed(self._journal, answer.entry, data, answer.note, outcome)

    def _keep(self, data: bytes, message: Message | None, patient: str, code: str) -> None:
        control_id = message.control_id if message else ""
        times = self._seen.get(control_id, 0) + 1
        self._seen[control_id] = times
        self._kept.append(
            {
                "seq": self._count + 1,
                "received": self._now(),
                "event": message.event if message else None,
                "control_id": control_id or None,
                "repeated": bool(control_id) and times > 1,
                "patient": patient or None,
                "code": code,
                "text": data.decode("utf-8", "replace"),
            }
        )
        self._bytes += len(data)
        while len(self._kept) > KEPT_MESSAGES or self._bytes > KEPT_BYTES:
            self._forget(self._kept.popleft())

    def _forget(self, oldest: dict[str, Any]) -> None:
        self._bytes -= len(oldest["text"].encode())
        self.dropped += 1
        control_id = oldest["control_id"] or ""
        self._seen[control_id] -= 1
        if not self._seen[control_id]:
            del self._seen[control_id]

    def received(self, since: int = 0, patient: str = "", event: str = "") -> list[dict[str, Any]]:
        """Return what came after number `since`, refused messages too."""
        return [
            row
            for row in self._kept
            if row["seq"] > since and patient in ("", row["patient"]) and event in ("", row["event"])
        ]

    def reset(self) -> None:
        """Forget every message, and answer by the rules that were there at the start. Numbers go on."""
        self._kept.clear()
        self._seen.clear()
        self._bytes = self.dropped = 0
        self.rules, self.plan = Rules(), None


def forced(code: str, problem: Hl7Error | None) -> Hl7Error | None:
    """Return what an acknowledgement with a forced code complains of."""
    return None if code in ("AA", "CA") else problem or Hl7Error("207", "refused because a test says so")
