"""Answers that stand: a request that comes again byte by byte is answered without working the answer out again.

What the answer depends on is looked at each time: the store is unchanged, nobody is protected, no limit is in force,
the armed faults are the same ones, none of them about this request, the token is alive and its client registered as
before. The exchange is journalled and dated like any other. When anything differs the request goes the ordinary way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from mock_ehr.facts import ClientCertificate
from mock_ehr.journal import KEPT_BODY
from mock_ehr.journal_entries import Pattern
from mock_ehr.message import Again, Answer, Lane
from mock_ehr.state import State
from mock_ehr.tokens import Grant
from mock_ehr.wire import DateHeader, head

KEPT_BYTES = 8 * 1024 * 1024
KEPT_LANES = 256
ANSWER_BYTES = 1500  # what a kept answer takes beside its body


class Lanes:
    """The answers that are kept, up to about `keep_bytes`; the oldest go first."""

    def __init__(self, keep_bytes: int = KEPT_BYTES) -> None:
        self._keep_bytes = keep_bytes
        self._lanes: dict[tuple[bytes, ClientCertificate | None], Lane] = {}
        self._order: deque[tuple[Lane, bytes, int]] = deque()
        self.kept_bytes = 0

    def lane(self, tail: bytes, certificate: ClientCertificate | None) -> Lane:
        """Return the answers to requests that end in `tail`, on connections that showed `certificate`."""
        known = self._lanes.get((tail, certificate))
        if known is None:
            if len(self._lanes) >= KEPT_LANES:
                self._lanes.clear()
            known = self._lanes[tail, certificate] = {}
        return known

    def keep(self, lane: Lane, beginning: bytes, again: Again, size: int) -> None:
        """Keep what gives the answer to the request of a lane that begins with `beginning`."""
        lane[beginning] = again
        self._order.append((lane, beginning, size))
        self.kept_bytes += size
        while self.kept_bytes > self._keep_bytes:
            oldest, key, its = self._order.popleft()
            oldest.pop(key, None)
            self.kept_bytes -= its


def standing(state: State, date: DateHeader, grant: Grant, answer: Answer, pattern: Pattern) -> Again | None:
    """Return what gives `answer` again as long as it stands; None when it hangs on more than what is looked at.

    `pattern` is that of the exchange that has just ended, which no fault was about.
    """
    client = state.clients.in_force(grant.client_id)
    if answer.lasting is None or not grant.token or client is None or state.protected or state.throttle.rules:
        return None
    give = giver(answer, date)
    store, journal, faults, throttle, clock = state.store, state.journal, state.faults, state.throttle, state.clock
    changes, armed, address, protected = store.changes, faults.about_requests, state.public_url, state.protected
    holds, in_force, client_id, expires = state.tokens.holds, state.clients.in_force, grant.client_id, grant.expires

    def again() -> bytes | tuple[bytes, bytes] | None:
        if (
            store.changes != changes
            or protected
            or throttle.rules
            or faults.about_requests is not armed
            or state.public_url != address
        ):
            return None
        started, started_mono, now = journal.now(), journal.monotonic(), clock.now()
        if expires <= now or not holds(grant) or in_force(client_id) is not client:
            return None
        data, body = give(now)
        journal.repeat(pattern, started, started_mono, body)
        return data

    return again


def giver(answer: Answer, date: DateHeader) -> Callable[[float], tuple[bytes | tuple[bytes, bytes], bytes]]:
    """Return what makes the message at a time of the EHR's clock, and as much of its body as the journal keeps."""
    first, lines = head(answer.status, answer.content_type, answer.headers, True)
    lasting = answer.lasting
    if lasting is None or lasting.renew is None:
        shown, after = (
            answer.body[:KEPT_BODY],
            b"%bContent-Length: %d\r\n\r\n%b" % (lines, len(answer.body), answer.body),
        )
        return lambda now: (b"".join((first, date.line(now), after)), shown)
    renew, rest, length = lasting.renew, lasting.rest, len(lasting.rest)

    def renewed(now: float) -> tuple[tuple[bytes, bytes], bytes]:
        begin = renew()
        size = len(begin) + length
        message = b"%b%b%bContent-Length: %d\r\n\r\n%b" % (first, date.line(now), lines, size, begin)
        return (message, rest), begin[:KEPT_BODY] + rest[: max(0, KEPT_BODY - len(begin))]

    return renewed
