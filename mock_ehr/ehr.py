"""The mock EHR as a handler of requests: admit, journal, strike with faults, answer, put on the wire."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from dataclasses import replace

from mock_ehr.assertions import AssertionRefusedError, decode
from mock_ehr.behaviours import Corrupt, Drift, Drop, Empty, Html, Stall, Status, Storm, Truncate
from mock_ehr.effects import Effects, compose, fault_headers, rewrite
from mock_ehr.facts import Facts
from mock_ehr.faults import Fault
from mock_ehr.journal import HIDDEN, Entry
from mock_ehr.message import Answer, Ending, MalformedQueryError, Reply, Request, parse_form
from mock_ehr.state import State
from mock_ehr.vendor import Vendor, Visit
from mock_ehr.wire import DateHeader, render

LOG = logging.getLogger("mock_ehr")
FARTHEST = 8  # charts that the wrong-patient fault tries until one has data
SECRET_FIELDS = (
    "assertion",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "refresh_token",
    "subject_token",
    "token",
)


class MockEhr:
    """Handles the data side of one mock EHR."""

    def __init__(self, vendor: Vendor, state: State) -> None:
        self._vendor = vendor
        self._state = state
        self._date = DateHeader()

    def handle(self, request: Request) -> Reply | Awaitable[Reply]:
        """Answer one request. A fault of our own becomes a 500 and a log line, never a dead connection."""
        visit = self._admit(request)
        entry = self._state.journal.open(request, visit.facts)
        if visit.shown is not None:
            entry.request_body = visit.shown
        elif visit.facts.kind == "token":
            note_assertion(entry)
        struck = self._state.faults.strike(visit.facts) if self._state.faults else []
        try:
            return self._handle(visit, entry, compose(struck))
        except Exception:
            LOG.exception("the mock failed at %s %s", request.method, request.path)
            return self._reply(entry, self._vendor.failure(request, 500, "vendor", ()), Effects())

    def _admit(self, request: Request) -> Visit:
        try:
            return self._vendor.admit(request)
        except Exception:
            LOG.exception("the mock failed to admit %s %s", request.method, request.path)
            return Visit(request, Facts(method=request.method, path=request.path))

    def refuse(self, status: int, request: Request) -> Reply:
        """Answer what could not be read as a request."""
        entry = self._state.journal.open(request, Facts(method=request.method, path=request.path))
        answer = replace(self._vendor.failure(request, status, "html", ()), note="refused by the protocol layer")
        return self._reply(entry, answer, Effects(), keep_alive=False)

    def _handle(self, visit: Visit, entry: Entry, effects: Effects) -> Reply | Awaitable[Reply]:
        if not effects.processed:
            return self._reply(entry, self._answer_instead(effects, entry), effects)
        if effects.expire_token and visit.grant:
            self._state.tokens.expire(visit.grant)
            self._note(entry, effects.expire_token)
        answer = self._process(visit, entry, effects)
        if isinstance(answer, Answer):
            return self._reply(entry, self._rewrite(answer, entry, effects), effects)
        return self._later(answer, entry, effects)

    async def _later(self, pending: Awaitable[Answer], entry: Entry, effects: Effects) -> Reply:
        try:
            answer = await pending
        except Exception:
            LOG.exception("the mock failed at %s %s", entry.request.method, entry.request.path)
            answer = self._vendor.failure(entry.request, 500, "vendor", ())
        except BaseException:
            self._state.journal.close(entry, None, 0, "aborted")
            raise
        return self._reply(entry, self._rewrite(answer, entry, effects), effects)

    def _process(self, visit: Visit, entry: Entry, effects: Effects) -> Answer | Awaitable[Answer]:
        if effects.wrong_patient is None or visit.facts.interaction not in ("read", "search", "next-page"):
            return self._vendor.answer(visit)
        for distance in range(1, FARTHEST + 1):
            answer = self._vendor.answer(replace(visit, distance=distance))
            if isinstance(answer, Answer) and answer.status == 200 and not answer.empty:
                self._note(entry, effects.wrong_patient)
                return answer
        return self._vendor.answer(visit)

    def _answer_instead(self, effects: Effects, entry: Entry) -> Answer:
        if effects.instead is None:
            return Answer(0)
        self._note(entry, effects.instead)
        behaviour = effects.instead.behaviour
        if isinstance(behaviour, Status | Storm):
            headers = fault_headers(behaviour, self._state.clock.now())
            return self._vendor.failure(entry.request, behaviour.status, behaviour.body, headers)
        assert isinstance(behaviour, Html)  # noqa: S101 - narrows the type; compose puts nothing else here
        return self._vendor.login_page()

    def _rewrite(self, answer: Answer, entry: Entry, effects: Effects) -> Answer:
        entry.committed = answer.committed
        entry.note = answer.note
        entry.token = answer.token or entry.token
        if answer.patients:
            entry.patients = tuple(dict.fromkeys((*entry.patients, *answer.patients)))
        for fault in effects.rewrites:
            if isinstance(fault.behaviour, Drift | Corrupt | Empty):
                changed = rewrite(fault.behaviour, answer)
                if changed is not answer:
                    self._note(entry, fault)
                answer = changed
        return answer

    def _note(self, entry: Entry, fault: Fault) -> None:
        entry.faults.append(fault.name)
        self._state.faults.note_effect(fault)

    def _reply(self, entry: Entry, answer: Answer, effects: Effects, *, keep_alive: bool | None = None) -> Reply:
        keep = entry.request.keep_alive if keep_alive is None else keep_alive
        head_only = entry.request.method == "HEAD"
        data = render(answer, self._date.line(self._state.clock.now()), keep_alive=keep, head_only=head_only)
        entry.note = entry.note or answer.note
        for fault in effects.delays:
            self._note(entry, fault)
        if effects.connection is None:
            sent = 0 if head_only else len(answer.body)
            return Reply(data, self._closer(entry, answer, sent), Ending.KEEP, effects.delay_s)
        return self._cut_reply(entry, answer, data, effects)

    def _cut_reply(self, entry: Entry, answer: Answer, data: bytes, effects: Effects) -> Reply:
        fault = effects.connection
        assert fault is not None  # noqa: S101 - narrows the type; the caller looked
        self._note(entry, fault)
        behaviour = fault.behaviour
        head = len(data) - len(answer.body)
        if isinstance(behaviour, Stall):
            return Reply(b"", self._closer(entry, None, 0), Ending.HANG)
        if isinstance(behaviour, Truncate):
            sent = min(behaviour.bytes, len(answer.body))
            return Reply(data[: head + sent], self._closer(entry, answer, sent), Ending.CLOSE, effects.delay_s)
        assert isinstance(behaviour, Drop)  # noqa: S101 - narrows the type; compose puts nothing else here
        if behaviour.when == "amid":
            half = data[: len(data) // 2]
            closer = self._closer(entry, answer, max(0, len(half) - head))
            return Reply(half, closer, Ending.RESET, effects.delay_s)
        return Reply(b"", self._closer(entry, None, 0), Ending.RESET, effects.delay_s)

    def _closer(self, entry: Entry, answer: Answer | None, sent: int) -> _Closer:
        if answer is not None and (answer.secret or answer.secrets):
            answer = without_secrets(answer)
        return _Closer(self._state, entry, answer, sent)


def without_secrets(answer: Answer) -> Answer:
    """Return the answer as the journal may keep it."""
    body, headers = answer.body, answer.headers
    for secret in filter(None, (answer.secret, *answer.secrets)):
        body = body.replace(secret.encode(), HIDDEN.encode())
        headers = tuple((name, value.replace(secret, HIDDEN)) for name, value in headers)
    return replace(answer, body=body, headers=headers)


class _Closer:
    """Closes a journal entry when its exchange ended."""

    __slots__ = ("_answer", "_entry", "_sent", "_state")

    def __init__(self, state: State, entry: Entry, answer: Answer | None, sent: int) -> None:
        self._state = state
        self._entry = entry
        self._answer = answer
        self._sent = sent

    def __call__(self, outcome: str) -> None:
        """Note the outcome."""
        self._state.journal.close(self._entry, self._answer, self._sent, outcome)


def note_assertion(entry: Entry) -> None:
    """Put the decoded assertion of a token request into its entry and keep no credential of the body."""
    body = entry.request.body
    try:
        form = parse_form(body.decode("utf-8"))
    except (MalformedQueryError, UnicodeDecodeError):
        entry.request_body = b"(unreadable form)"
        return
    for name, value in form:
        if name == "client_assertion":
            try:
                seen = decode(value)
            except AssertionRefusedError:
                continue
            entry.assertion = {"header": seen.header, "claims": seen.claims}
    shown = "&".join(f"{name}={HIDDEN if name in SECRET_FIELDS else value}" for name, value in form)
    entry.request_body = shown.encode()[:4096]
