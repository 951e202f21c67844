"""The slower engine: a greenlet for each arrival of the same open schedule, which calls the user's function.

Only imported inside the Locust process. Statistics, lag, time limits and verdict are those of the fast engine; an
arrival that finds all greenlets busy waits and ages, as it would for a connection.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import gevent
from gevent import GreenletExit

from gauntlet.load.consumer_requests import correlation_id
from gauntlet.load.engine import Engine
from gauntlet.load.patient_check import RIGHT, WRONG_PATIENT, Finding
from gauntlet.load.plan import Order
from gauntlet.load.user_code import Visit, WrongPatientSeen, function_of

_TRACEBACKS = 5  # that are written to the log of one run

logger = logging.getLogger("gauntlet.load")


class Call:
    """One call of the user's function, under way until `done` is told."""

    __slots__ = ("carrying", "greenlet")

    def __init__(self) -> None:
        self.carrying: int | None = None
        self.greenlet: Any = None


class Calls:
    """At most `limit` calls at once, with the interface of the pool of connections."""

    def __init__(self, limit: int) -> None:
        self.opened = 0
        self._limit = limit
        self._all: set[Call] = set()

    @property
    def full(self) -> bool:
        """Whether no more calls may be under way."""
        return len(self._all) >= self._limit

    def take(self, *, opens: bool = True) -> Call | None:  # noqa: ARG002 - to begin a call costs nothing
        """Return a new call; None at the limit."""
        if self.full:
            return None
        call = Call()
        self._all.add(call)
        self.opened += 1
        return call

    def give_back(self, call: Call) -> None:
        """Forget a call that has ended."""
        self._all.discard(call)

    def discard(self, call: Call) -> None:
        """End a call that takes too long, and forget it."""
        self._all.discard(call)
        if call.greenlet is not None:
            call.greenlet.kill(block=False)

    def close(self) -> None:
        """End all calls."""
        for call in list(self._all):
            self.discard(call)


class CodeEngine(Engine):
    """An engine whose arrivals are calls of the user's function. Raises CodeError when there is none."""

    def __init__(self, order: Order) -> None:
        super().__init__(order)
        self._pool: Any = Calls(order.profile.limits.connections)
        self._function: Callable[[Visit], object] = function_of(order.plan.code)
        self._tracebacks = 0

    def _send(self, connection: Any, arrival: int) -> None:
        connection.carrying = arrival
        connection.greenlet = gevent.spawn(self._call, connection, self._visit(arrival))

    def _visit(self, arrival: int) -> Visit:
        plan, request = self._order.plan, self._order.profile.mix[self._schedule.kinds[arrival]]
        return Visit(
            base_url=plan.base_url,
            name=request.name,
            role=request.role,
            values=plan.patients[self._schedule.patients[arrival]].values,
            headers={
                "Authorization": f"Bearer {plan.tokens[request.role].value}",
                "X-Correlation-Id": correlation_id(plan.seed, self._schedule.number(arrival)),
            },
        )

    def _call(self, call: Call, visit: Visit) -> None:
        try:
            self._function(visit)
            finding = RIGHT
        except GreenletExit:
            return
        except WrongPatientSeen:
            finding = WRONG_PATIENT
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what became of the arrival
            finding = Finding(f"the code raised {type(error).__name__}")
            self._tell(error)
        self._guarded(lambda: self._done(call, finding))

    def _tell(self, error: Exception) -> None:
        self._tracebacks += 1
        if self._tracebacks <= _TRACEBACKS:
            logger.error("the code raised", exc_info=error)

    def _done(self, call: Call, finding: Finding) -> None:
        arrival, call.carrying = call.carrying, None
        if arrival is None:
            return  # given up already
        whole = finding is RIGHT or finding.wrong_patient
        self._settle(arrival, finding, answered=whole)
        self._pool.give_back(call)
        self._continue()
