"""An exchange that faults strike, from the request to the bytes on the wire, stage by stage.

`mock_ehr.behaviours.stage` has the order. Each fault that took effect is noted in the journal entry, with what
exactly it did, and counted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from mock_ehr.behaviours.answering import Html
from mock_ehr.behaviours.believing import ClockOffset, WrongPatient
from mock_ehr.behaviours.stage import Pace
from mock_ehr.effects import Effects
from mock_ehr.faults import Strike
from mock_ehr.journal import Entry
from mock_ehr.message import Answer, Ending, Reply
from mock_ehr.problem import problem
from mock_ehr.stale import stale
from mock_ehr.state import State
from mock_ehr.vendor import Vendor, Visit
from mock_ehr.wire import DateHeader, draft

FARTHEST = 8  # charts that the wrong-patient fault tries until one has data
READS = ("read", "search", "next-page")
_ENDINGS = {"close": Ending.CLOSE, "hang": Ending.HANG}

Closer = Callable[[Entry, Answer | None, int], Callable[[str], None]]


@dataclass(slots=True)
class Struck:
    """One exchange and the faults in it. `closer` makes what tells the journal how it ended."""

    vendor: Vendor
    state: State
    date: DateHeader
    visit: Visit
    entry: Entry
    effects: Effects
    closer: Closer

    def answer(self) -> Answer | Awaitable[Answer]:
        """Return what the EHR, or what stands in its place, says."""
        offset = self._shifted()
        try:
            if not self.effects.processed:
                return self._instead()
            self._change_state()
            return self._process()
        finally:
            self.state.clock.offset_s -= offset

    def _note(self, strike: Strike, told: str = "") -> None:
        self.entry.faults.append(strike.name)
        if told:
            told = f"{strike.name}: {told}"
            self.entry.note = f"{self.entry.note}; {told}" if self.entry.note else told
        self.state.faults.note_effect(strike.fault)

    # -- state --

    def _offset(self) -> float:
        clocks = (strike.behaviour for strike in self.effects.state)
        return sum(clock.offset_s for clock in clocks if isinstance(clock, ClockOffset))

    def _shifted(self) -> float:
        offset = self._offset()
        self.state.clock.offset_s += offset
        return offset

    def _change_state(self) -> None:
        for strike in self.effects.state:
            if isinstance(strike.behaviour, ClockOffset):
                self._note(strike, f"{strike.behaviour.offset_s:+g} s")
            elif self.visit.grant is not None:
                self.state.tokens.expire(self.visit.grant)
                self._note(strike)

    # -- instead and source --

    def _instead(self) -> Answer:
        strike = self.effects.instead
        if strike is None:
            return Answer(0)
        self._note(strike)
        if isinstance(strike.behaviour, Html):
            return self.vendor.login_page()
        outage = strike.behaviour.outage(self.state.clock.now())
        if outage.body == "problem+json":
            return problem(outage.status, outage.headers)
        return self.vendor.failure(self.entry.request, outage.status, outage.body, outage.headers)

    def _process(self) -> Answer | Awaitable[Answer]:
        if self.visit.facts.interaction not in READS:
            return self.vendor.answer(self.visit)
        answer: Answer | Awaitable[Answer] | None = None
        for strike in self.effects.source:
            if isinstance(strike.behaviour, WrongPatient):
                answer = answer or self._wrong_patient(strike)
            else:
                answer = self._stale(strike, answer or self.vendor.answer(self.visit))
        return answer or self.vendor.answer(self.visit)

    def _wrong_patient(self, strike: Strike) -> Answer | None:
        for distance in range(1, FARTHEST + 1):
            answer = self.vendor.answer(replace(self.visit, distance=distance))
            if isinstance(answer, Answer) and answer.status == 200 and not answer.empty:
                self._note(strike, f"{distance} charts further")
                return answer
        return None

    def _stale(self, strike: Strike, answer: Answer | Awaitable[Answer]) -> Answer | Awaitable[Answer]:
        if not isinstance(answer, Answer):
            return answer
        earlier = stale(answer, self.visit.facts, self.state.store)
        if earlier is answer:
            return answer
        self._note(strike, "earlier version" if earlier else "not there yet")
        return earlier or self.vendor.failure(self.entry.request, 404, "operation-outcome", ())

    # -- content, bytes, head, frame, cut, pace --

    def reply(self, answer: Answer) -> Reply:
        """Return how the answer reaches the wire."""
        for strike in self.effects.rewrites:
            changed = strike.behaviour.rewrite(answer, strike.draw())
            if changed is not answer:
                self._note(strike, getattr(strike.behaviour, "flaw", ""))
            answer = changed
        request = self.entry.request
        date = self.date.line(self.state.clock.now() + self._offset())
        message = draft(answer, date, keep_alive=request.keep_alive, head_only=request.method == "HEAD")
        ending = self._reshape(message)
        top, body = message.head(), message.body
        pace = Pace()
        for strike in self.effects.paces:
            told = strike.behaviour.pace(pace, len(top), strike.draw())
            if told:
                self._note(strike, told)
        data, ending = self._cut(top, body, ending)
        arrived = max(0, len(data) - len(top))
        seen = None if self.effects.cut is not None and not data else answer
        done = self.closer(self.entry, seen, arrived)
        return Reply(data, done, ending, pace.delay_s, pace.interim, pace.drip)

    def _reshape(self, message: Any) -> Ending:
        ending = Ending.KEEP
        frames = () if self.effects.frame is None else (self.effects.frame,)
        for strike in (*self.effects.heads, *frames):
            told = strike.behaviour.reshape(message, strike.draw())
            if told:
                self._note(strike, told)
                ending = _ENDINGS.get(getattr(strike.behaviour, "then", "keep"), ending)
        return ending

    def _cut(self, top: bytes, body: bytes, ending: Ending) -> tuple[bytes, Ending]:
        strike = self.effects.cut
        if strike is None:
            return top + body, ending
        cut = strike.behaviour.cut(len(top), len(body))
        self._note(strike, cut.told)
        return (top + body)[: cut.sent], cut.ending
