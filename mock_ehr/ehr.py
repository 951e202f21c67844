"""The mock EHR as a handler of requests: admit, journal, limit, strike with faults, answer, put on the wire."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from mock_ehr.effects import compose
from mock_ehr.facts import Facts
from mock_ehr.faults import Strike
from mock_ehr.hiding import note_assertion, without_secrets
from mock_ehr.journal import Entry
from mock_ehr.message import Answer, Ending, Reply, Request
from mock_ehr.problem import QUOTA, problem
from mock_ehr.reception import Welcome
from mock_ehr.standing import ANSWER_BYTES, Lanes, standing
from mock_ehr.state import State
from mock_ehr.struck import Struck
from mock_ehr.throttle import Admission
from mock_ehr.vendor import Vendor, Visit
from mock_ehr.wire import DateHeader, render

LOG = logging.getLogger("mock_ehr")
FAILED = "the mock failed at %s %s"


class MockEhr:
    """Handles the data side of one mock EHR.

    A fault of our own becomes a 500 and a log line, never a dead connection. An exchange without faults and limits
    takes the short way: nothing is made that only they need.
    """

    def __init__(self, vendor: Vendor, state: State) -> None:
        self._vendor = vendor
        self._state = state
        self._date = DateHeader()
        self.lanes = Lanes()

    def handle(self, request: Request) -> bytes | Reply | Awaitable[Reply]:
        """Answer one request."""
        state = self._state
        try:
            visit = self._vendor.admit(request)
        except Exception:
            LOG.exception("the mock failed to admit %s %s", request.method, request.path)
            visit = Visit(request, Facts(method=request.method, path=request.path))
        facts = visit.facts
        if request.certificate is not None:
            facts.client_certificate = request.certificate
        entry = state.journal.open(request, facts)
        if visit.shown is not None:
            entry.request_body = visit.shown
        elif facts.kind == "token":
            note_assertion(entry)
        strikes = state.faults.strike(facts) if state.faults.about_requests else ()
        if strikes or state.throttle.rules:
            return self._obstructed(visit, entry, strikes)
        try:
            answer = self._vendor.answer(visit)
        except Exception:
            LOG.exception(FAILED, request.method, request.path)
            answer = self._failed(request)
        if isinstance(answer, Answer):
            return self._plain(visit, entry, answer)
        return self._later(answer, entry)

    def _failed(self, request: Request) -> Answer:
        return self._vendor.failure(request, 500, "vendor", ())

    def refuse(self, status: int, request: Request) -> Reply:
        """Answer what could not be read as a request."""
        facts = Facts(method=request.method, path=request.path, client_certificate=request.certificate)
        entry = self._state.journal.open(request, facts)
        entry.note = "refused by the protocol layer"
        answer = self._vendor.failure(request, status, "html", ())
        data = render(answer, self._date.line(self._state.clock.now()), keep_alive=False)
        return Reply(data, self._closer(entry, answer, len(answer.body)))

    # -- connections --

    def connected(self) -> Welcome | None:
        """Return how faults receive a new connection, None for the usual way."""
        faults = self._state.faults
        if not faults.about_connections:
            return None
        facts = Facts("connection", "handshake", "", "")
        struck = faults.strike(facts)
        if not struck:
            return None
        entry = self._state.journal.open(Request("", "", ""), facts)
        shown = next((strike.behaviour.shown for strike in struck if strike.behaviour.kind == "certificate"), "")
        cuts = (strike.behaviour.cut(0, 0).ending for strike in struck if strike.behaviour.kind != "certificate")

        def done(outcome: str, told: str) -> None:
            for strike in struck:
                entry.faults.append(strike.name)
                faults.note_effect(strike.fault)
            entry.note = f"certificate {shown}: {told}" if shown else told
            self._state.journal.close(entry, None, 0, outcome)

        return Welcome(done, shown, next(cuts, Ending.KEEP))

    def handshake_failed(self, problem: str) -> None:
        """Note a TLS handshake that failed without any fault."""
        entry = self._state.journal.open(Request("", "", ""), Facts("connection", "handshake", "", ""))
        entry.note = problem
        self._state.journal.close(entry, None, 0, "dropped")

    # -- the short way --

    def _plain(self, visit: Visit, entry: Entry, answer: Answer) -> bytes:
        """Return the bytes of an answer and close its entry: they are about to be written."""
        if answer.committed or answer.note or answer.token or answer.patients:
            note_answer(entry, answer)
        request = entry.request
        date = self._date.line(self._state.clock.now())
        if request.method == "HEAD":
            data = render(answer, date, keep_alive=request.keep_alive, head_only=True)
            self._closer(entry, answer, 0)("answered")
            return data
        data = render(answer, date, keep_alive=request.keep_alive)
        if answer.secret or answer.secrets:
            answer = without_secrets(answer)
        self._state.journal.close(entry, answer, len(answer.body), "answered")
        if answer.lasting is not None and request.place is not None:
            self._keep(visit, entry, answer)
        return data

    def _keep(self, visit: Visit, entry: Entry, answer: Answer) -> None:
        """Keep an answer that stands for the time when the same request comes again."""
        place, pattern, state = visit.request.place, self._state.journal.pattern(entry), self._state
        if place is None or visit.grant is None or pattern is None or state.faults.are_about(visit.facts):
            return
        again = standing(state, self._date, visit.grant, answer, pattern)
        if again is not None:
            self.lanes.keep(*place, again, len(answer.body) + ANSWER_BYTES)

    async def _later(self, pending: Awaitable[Answer], entry: Entry) -> Reply:
        answer = await self._settled(pending, entry)
        note_answer(entry, answer)
        request = entry.request
        head_only = request.method == "HEAD"
        date = self._date.line(self._state.clock.now())
        data = render(answer, date, keep_alive=request.keep_alive, head_only=head_only)
        return Reply(data, self._closer(entry, answer, 0 if head_only else len(answer.body)))

    async def _settled(self, pending: Awaitable[Answer], entry: Entry) -> Answer:
        try:
            return await pending
        except Exception:
            LOG.exception(FAILED, entry.request.method, entry.request.path)
            return self._failed(entry.request)
        except BaseException:
            self._state.journal.close(entry, None, 0, "aborted")
            raise

    # -- with faults or limits --

    def _obstructed(self, visit: Visit, entry: Entry, strikes: Sequence[Strike]) -> Reply | Awaitable[Reply]:
        facts = visit.facts
        admission = self._state.throttle.admit(facts.client_id, facts.kind) or Admission()
        effects = compose(strikes)
        struck = Struck(self._vendor, self._state, self._date, visit, entry, effects, self._closing(admission))
        try:
            answer = self._refused(admission, entry) or struck.answer()
        except Exception:
            LOG.exception(FAILED, entry.request.method, entry.request.path)
            answer = self._failed(entry.request)
        if isinstance(answer, Answer):
            return self._struck_reply(struck, admission, answer)
        return self._struck_later(answer, struck, admission)

    def _refused(self, admission: Admission, entry: Entry) -> Answer | None:
        refusal = admission.refusal
        if refusal is None:
            return None
        if refusal.body == "problem+json":
            answer = problem(refusal.status, refusal.headers, kind=QUOTA, detail=admission.problem)
        else:
            answer = self._vendor.failure(entry.request, refusal.status, refusal.body, refusal.headers)
        return replace(answer, note="over the rate limit")

    async def _struck_later(self, pending: Awaitable[Answer], struck: Struck, admission: Admission) -> Reply:
        return self._struck_reply(struck, admission, await self._settled(pending, struck.entry))

    def _struck_reply(self, struck: Struck, admission: Admission, answer: Answer) -> Reply:
        if admission.headers:
            answer = replace(answer, headers=(*answer.headers, *admission.headers))
        note_answer(struck.entry, answer)
        try:
            return struck.reply(answer)
        except Exception:
            request = struck.entry.request
            LOG.exception(FAILED, request.method, request.path)
            struck.effects = compose(())
            return struck.reply(self._failed(request))

    def _closing(self, admission: Admission) -> Callable[[Entry, Answer | None, int], Callable[[str], None]]:
        if admission.release is None:
            return self._closer
        release = admission.release

        def closer(entry: Entry, answer: Answer | None, sent: int) -> Callable[[str], None]:
            close = self._closer(entry, answer, sent)

            def done(outcome: str) -> None:
                release()
                close(outcome)

            return done

        return closer

    def _closer(self, entry: Entry, answer: Answer | None, sent: int) -> Callable[[str], None]:
        """Return what closes the entry with the outcome that it is told."""
        if answer is not None and (answer.secret or answer.secrets):
            answer = without_secrets(answer)
        return lambda outcome: self._state.journal.close(entry, answer, sent, outcome)


def note_answer(entry: Entry, answer: Answer) -> None:
    """Note what an answer tells beside its bytes."""
    if answer.committed:
        entry.committed = True
    if answer.note:
        entry.note = f"{answer.note}; {entry.note}" if entry.note else answer.note
    if answer.token:
        entry.token = answer.token
    if answer.patients:
        entry.patients = tuple(dict.fromkeys((*entry.patients, *answer.patients)))
