"""The open load engine: starts every arrival at its intended time, whatever is still outstanding.

Only imported inside the Locust process. Everything runs in callbacks of gevent's event loop. Latency counts
from the intended start, so a stalled gateway is seen by all who would have waited for it (Gil Tene, "How NOT
to Measure Latency"). No arrival is dropped: what is unsent or unanswered at the end is recorded as an error
at its age.
"""

from __future__ import annotations

import gc
import os
import time
from dataclasses import replace
from typing import Any

import gevent
from gevent.event import Event

from gauntlet.load.alarm import alarm
from gauntlet.load.answers import Answers
from gauntlet.load.arrivals import draw
from gauntlet.load.consumer_requests import ConsumerRequests
from gauntlet.load.interaction import parse_request
from gauntlet.load.measured import RawLoad, RunFacts
from gauntlet.load.patient_check import Finding
from gauntlet.load.plan import Order, check_address, is_secured
from gauntlet.load.pool import Pool, reachable
from gauntlet.load.progress import ProgressMeter, to_line
from gauntlet.load.recorder import News, Outcome, Recorder
from gauntlet.load.tls_stream import TlsClient
from gauntlet.load.waiting import Waiting
from gauntlet.load.wire import Connection

_COALESCED_S = 0.0004  # arrivals so close are started together: each waking up costs as much as a request
_LATE_S = 0.001  # who is noticed later is one of many who became due at once, because this machine stood still
_PATIENCE_S = 0.002  # for so long those wait for a connection that comes back: to open one costs more than a request
_LEAD_S = 0.2  # between the end of our preparations and the first second of the curve
_TICK_S = 0.1
_TICKS_PER_PROGRESS = 5


class Engine:
    """One run. Create it, call `run` from a greenlet, then take `result`."""

    def __init__(self, order: Order) -> None:
        profile, plan = order.profile, order.plan
        self._order = order
        self._limits = profile.limits
        self._names = [request.name for request in profile.mix]
        writes = any(parse_request(request.request).creates for request in profile.mix)
        whole = draw(profile.curve, profile.mix, len(plan.patients), plan.seed, in_turn=writes)
        self._schedule = whole.share(order.share.worker, order.share.workers)
        self._end = len(self._schedule)  # less when the harness has seen enough
        self._texts = ConsumerRequests(profile, plan)
        writing = frozenset(number for number in range(len(self._names)) if self._texts.creates(number))
        self._recorder = Recorder(
            self._names, self._schedule, plan.seed, writing, by_kind=bool(profile.fault), meanwhile=self._meanwhile
        )
        self._answers = Answers(self._schedule, self._texts, self._recorder)
        self._loop: Any = gevent.get_hub().loop
        host, port, _ = check_address(plan.base_url, allow_remote=plan.allow_remote)
        tls = TlsClient(host, plan.ca_file) if is_secured(plan.base_url) else None
        self._pool = Pool(self._loop, self, reachable(host, port), profile.limits.connections, tls)
        self._finished = Event()
        self._error: Exception | None = None
        self._next = 0  # the first arrival that is not due yet
        self._started: dict[int, tuple[float, Connection]] = {}  # outstanding arrival -> real start; in order of starts
        self._waiting = Waiting(self._recorder)
        self._unsent_by_us = self._ticks = 0
        self._complete = False
        self._ended_at: float | None = None  # seconds on the curve at which the harness had seen enough
        self._meter = ProgressMeter(self._recorder, profile.duration_s)
        self._zero = self._wall = self._cpu = 0.0
        self._alarm = alarm(self._loop, lambda: self._guarded(self._pump))
        self._ticker: Any = self._loop.timer(_TICK_S, _TICK_S)

    def run(self, begin_at: float = 0.0) -> None:
        """Carry the schedule out from `begin_at` (epoch seconds; 0: at once); return when all is answered or given up.

        Raises our own bugs.
        """
        gc.collect()
        gc.freeze()
        self._cpu = time.process_time()
        lead = begin_at - time.time() if begin_at else _LEAD_S
        self._wall, self._zero = time.time() + lead, time.perf_counter() + lead
        self._alarm.set(max(lead, 0.0))
        self._ticker.start(self._guarded, self._tick)
        try:
            self._finished.wait()
        finally:
            self._stop()
        if self._error is not None:
            raise self._error

    def result(self) -> RawLoad:
        """Return what was measured; a run that was stopped early is marked interrupted."""
        profile, plan = self._order.profile, self._order.plan
        raw = self._recorder.result(
            RunFacts(
                profile=profile.name,
                seed=plan.seed,
                started=self._wall,
                duration_s=profile.duration_s if self._ended_at is None else self._ended_at,
                interrupted=not self._complete,
                unsent_by_us=self._unsent_by_us,
                connections=self._pool.opened,
                cpu_s=time.process_time() - self._cpu,
            )
        )
        validated, broken_rules = self._answers.broken_rules()
        return replace(raw, validated=validated, broken_rules=broken_rules)

    def news(self) -> list[tuple[str, News]]:
        """Return what happened to each kind of request since the last call."""
        self._answers.judge()
        return self._recorder.take_news()

    # arrivals

    def _now(self) -> float:
        return time.perf_counter() - self._zero

    def _pump(self, *, opens: bool = True) -> None:
        """Start everything that is due, if it `opens` any on a new connection, then sleep until the next arrival."""
        starts, arrived, clock, zero = self._schedule.starts, self._recorder.arrived, time.perf_counter, self._zero
        opened = self._pool.opened
        while self._next < self._end:
            wait = starts[self._next] + zero - clock()
            if wait > 0:
                self._serve_waiting(opens=opens)
                self._alarm.set(max(min(wait, _PATIENCE_S) if self._waiting else wait, _COALESCED_S))
                return
            if self._start(self._next, opens=opens and wait > -_LATE_S and self._pool.opened == opened):
                arrived(self._next, -wait)
            else:
                self._waiting.put(self._next, clock() - zero, -wait, full=self._pool.full)
            self._next += 1
        self._serve_waiting(opens=opens)
        if self._waiting:
            self._alarm.set(_PATIENCE_S)
        self._end_if_done()

    def _start(self, arrival: int, *, opens: bool) -> bool:
        """Send an arrival's request, on a new connection if need be and it `opens` any; False: there is none for it."""
        try:
            connection = self._pool.take(opens=opens)
        except OSError as error:
            self._unsent_by_us += 1
            self._give_up(arrival, f"the generator has no socket: {error.strerror}")
            return True
        if connection is None:
            return False
        self._started[arrival] = (time.perf_counter() - self._zero, connection)
        self._send(connection, arrival)
        return True

    def _send(self, connection: Connection, arrival: int) -> None:
        schedule = self._schedule
        number = schedule.first + arrival * schedule.step
        request = self._texts.request(number, schedule.kinds[arrival], schedule.patients[arrival])
        connection.send(request, arrival)

    # what connections tell

    def answered(self, connection: Connection, status: int, body: bytes) -> None:
        """A complete answer arrived: keep it to be judged, use the connection again."""
        now = time.perf_counter() - self._zero
        arrival, connection.carrying = connection.carrying, None
        started, _ = self._started.pop(arrival)
        self._pool.give_back(connection)
        self._answers.put(arrival, now, started, status, body)
        if self._next < self._end and now - self._schedule.starts[self._next] > _COALESCED_S:
            self._pump(opens=False)  # the loop tells all answers before it looks at the alarm
        self._continue()

    def broken(self, connection: Connection, reason: str) -> None:
        """A connection ended; the request it carried, if any, has failed."""
        self._pool.discard(connection)
        arrival, connection.carrying = connection.carrying, None
        if arrival is not None:
            self._give_up(arrival, reason)
        self._continue()

    def crashed(self, error: Exception) -> None:
        """Our own code failed: the run is worth nothing."""
        self._error = self._error or error
        self._finished.set()

    # outcomes

    def _continue(self) -> None:
        """Serve those who wait; see whether the run is over."""
        if self._waiting:
            self._serve_waiting(opens=False)
        if self._next >= self._end:
            self._end_if_done()

    def _serve_waiting(self, *, opens: bool) -> None:
        """Give connections to those who wait longest: what came back and, if it `opens` any, one new one at most."""
        while self._waiting:
            (arrival, since), now = self._waiting.first(), self._now()
            opens = opens and now - since >= _PATIENCE_S
            if not self._start(arrival, opens=opens):
                if self._pool.full:
                    self._waiting.wait_for_gateway(now)
                return
            opens = False
            self._waiting.take(now)

    def _meanwhile(self) -> None:
        """Start what is due in the middle of longer work of ours."""
        if not self._finished.is_set():
            self._guarded(lambda: self._pump(opens=False))

    def _end_if_done(self) -> None:
        if self._next >= self._end and not self._started and not self._waiting:
            self._complete = True
            self._finished.set()

    def _give_up(self, arrival: int, problem: str) -> None:
        self._settle(arrival, Finding(problem), answered=False)

    def _settle(self, arrival: int, finding: Finding, *, answered: bool) -> None:
        """Count what became of an arrival that is judged already."""
        now, started = self._now(), self._started.pop(arrival, None)
        service = None if started is None else now - started[0]
        self._recorder.record(Outcome(arrival, now - self._schedule.starts[arrival], service, answered, finding))

    # time

    def _tick(self) -> None:
        now = self._now()
        timeout = self._limits.answer_timeout_s
        for arrival, (started, connection) in list(self._started.items()):
            if now - started < timeout:
                break
            self._abandon(arrival, connection, f"no answer within {timeout:g} s")
        while self._waiting and now - self._schedule.starts[self._waiting.first()[0]] >= timeout:
            self._give_up(self._waiting.take(now), f"no free connection within {timeout:g} s")
        last = self._schedule.starts[self._end - 1] if self._end else 0.0
        if self._next >= self._end and now > last + self._limits.drain_s:
            self._give_up_all("no answer when the run ended")
            self._complete = True
        if self._ended_at is None and self._order.enough is not None and self._order.enough.exists():
            self._ended_at, self._end = now, self._next
        self._answers.judge()
        self._recorder.settle()
        self._ticks += 1
        if self._ticks % _TICKS_PER_PROGRESS == 0:
            self._report(now)
        if self._order.parent_pid not in (None, os.getppid()):
            self._finished.set()  # the harness is gone
        self._continue()

    def _abandon(self, arrival: int, connection: Connection, problem: str) -> None:
        connection.carrying = None
        self._pool.discard(connection)
        self._give_up(arrival, problem)

    def _give_up_all(self, problem: str) -> None:
        for arrival, (_, connection) in list(self._started.items()):
            self._abandon(arrival, connection, problem)
        while self._waiting:
            self._give_up(self._waiting.take(self._now()), problem)

    def _stop(self) -> None:
        """Close everything; count what is under way, and due arrivals never looked at, as errors."""
        self._finished.set()
        self._alarm.close()
        self._ticker.stop()
        self._ticker.close()
        self._give_up_all("no answer when the run was stopped")
        while self._next < self._end and self._schedule.starts[self._next] <= self._now():
            self._recorder.arrived(self._next, self._now() - self._schedule.starts[self._next])
            self._unsent_by_us += 1
            self._give_up(self._next, "not sent before the run was stopped")
            self._next += 1
        self._pool.close()
        self._report(self._now())

    def _report(self, now: float) -> None:
        self._answers.judge()
        state = self._meter.read(now, len(self._started) + len(self._waiting))
        with self._order.progress.open("ab") as file:
            file.write(to_line(state))

    def _guarded(self, step: Any) -> None:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - the loop would print it and go on without the arrivals
            self.crashed(error)
