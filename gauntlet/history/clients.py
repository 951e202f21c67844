"""Carrying a schedule out: clients that create and update through the gateway, and what each of them learned."""

from __future__ import annotations

import concurrent.futures
import itertools
import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from gauntlet import writing
from gauntlet.answer import Answer
from gauntlet.consumer import Consumer
from gauntlet.ehr import Ehr
from gauntlet.errors import NoAnswer
from gauntlet.history.operation import Held, Kind, Operation, Status
from gauntlet.history.workload import Step
from synthetic.population import Chart

MINUTES_APART = 7  # between the moments of two readings, which an EHR takes for one when they are of the same moment


@dataclass
class Clients:
    """The clients of one history.

    `apps` are the consumers in order. Records of `types` go to `charts` in turn; a type that stands there twice comes
    twice as often.
    """

    apps: Sequence[Consumer]
    charts: Sequence[Chart]
    types: Sequence[str]
    updated: Sequence[str]  # of `types`: those that are updated
    key: Callable[[str], dict[str, str]]  # headers with the idempotency key of a record
    done: list[Operation] = field(default_factory=list)
    _ids: dict[str, str] = field(default_factory=dict)  # record -> id, as acknowledged
    _bodies: dict[str, tuple[int, bytes]] = field(default_factory=dict)  # record -> client, body of its create
    _types: dict[str, str] = field(default_factory=dict)
    _numbers: Any = field(default_factory=itertools.count)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def carry_out(self, steps: Sequence[Step]) -> None:
        """Let every client work through its steps, all clients at the same time."""
        mine = [[step for step in steps if step.client == number] for number in range(len(self.apps))]
        with concurrent.futures.ThreadPoolExecutor(len(self.apps)) as pool:
            for future in [pool.submit(self._work, number, part) for number, part in enumerate(mine)]:
                future.result()

    def ask_again(self) -> None:
        """Repeat each create whose outcome nobody knows, with its key: what any client library does."""
        for number, operation in enumerate(self.done):
            if operation.kind is Kind.CREATE and operation.status is Status.UNKNOWN:
                client, body = self._bodies[operation.record]
                again = self._create(client, Step(client, Kind.CREATE, operation.record, operation.value), body)
                if again.status is Status.OK:
                    self.done[number] = _with_times(again, operation)

    def held(self, ehr: Ehr) -> list[Held]:
        """Return what the EHR holds of the clients' writes; a record that is none of theirs keeps its text as name."""
        found = []
        for resource_type, chart in itertools.product(dict.fromkeys(self.types), self.charts):
            for item in ehr.written(resource_type, chart.id):
                name, _, value = note_of(item["resource"]).partition(" ")
                found.append(Held(str(item["resource"]["id"]), name, value))
        return found

    def _work(self, client: int, steps: Sequence[Step]) -> None:
        for step in steps:
            operation = self._created(client, step) if step.kind is Kind.CREATE else self._updated(client, step)
            if operation is not None:
                with self._lock:
                    self.done.append(operation)

    def _created(self, client: int, step: Step) -> Operation:
        body = self._body(step)
        with self._lock:
            self._bodies[step.record] = (client, body)
        return self._create(client, step, body)

    def _create(self, client: int, step: Step, body: bytes) -> Operation:
        started, number = time.monotonic(), next(self._numbers)
        resource_type = self._types[step.record]
        try:
            answer = self.apps[client].create(resource_type, body, headers=self.key(step.record))
        except NoAnswer:
            return _operation(number, client, step, Status.UNKNOWN, started)
        location = answer.created_id
        status = status_of(answer)
        if status is Status.OK:
            with self._lock:
                self._ids[step.record] = location
        return _operation(number, client, step, status, started, location=location)

    def _updated(self, client: int, step: Step) -> Operation | None:
        """Read, change, write under If-Match; None when there was nothing to read."""
        app, resource_id = self.apps[client], self._ids.get(step.record, "")
        if not resource_id or self._types[step.record] not in self.updated:
            return None
        resource_type = self._types[step.record]
        try:
            seen = app.read(resource_type, resource_id)
        except NoAnswer:
            return None
        tag = seen.headers.get("etag", "")
        if seen.status != 200 or not tag:
            return None
        resource = seen.resource(resource_type)
        based_on = note_of(resource).partition(" ")[2]
        resource["note"] = [{"text": f"{step.record} {step.value}"}]
        started, number = time.monotonic(), next(self._numbers)
        body = orjson.dumps(resource, default=_exact)
        try:
            answer = app.send("PUT", f"{resource_type}/{resource_id}", body=body, headers={"If-Match": tag})
        except NoAnswer:
            return _operation(number, client, step, Status.UNKNOWN, started, based_on=based_on)
        return _operation(number, client, step, status_of(answer), started, based_on=based_on)

    def _body(self, step: Step) -> bytes:
        """Return the body of a create: each record's type, chart and moment follow from its place in the history."""
        with self._lock:
            place = len(self._types)
            resource_type = self._types[step.record] = self.types[place % len(self.types)]
        chart = self.charts[(place // len(self.types)) % len(self.charts)]
        resource = json.loads(writing.body(resource_type, chart, note=f"{step.record} {step.value}"))
        if resource_type == "Observation":
            resource["effectiveDateTime"] = writing.later(resource["effectiveDateTime"], MINUTES_APART * place)
        if step.bad:
            resource = writing.unacceptable(resource)
        return orjson.dumps(resource)


def status_of(answer: Answer) -> Status:
    """Return what an answer to a write says: 2xx it took effect, 4xx it did not, all else and 409 nobody knows.

    409 is what a repeat meets while its first try is under way, or when its outcome cannot be found out.
    """
    if 200 <= answer.status < 300:
        return Status.OK
    return Status.FAIL if 400 <= answer.status < 500 and answer.status != 409 else Status.UNKNOWN


def note_of(resource: dict[str, Any]) -> str:
    """Return the text of a resource's first note, "" without one."""
    notes = resource.get("note") or [{}]
    return str(notes[0].get("text", ""))


def _exact(value: Any) -> orjson.Fragment:
    return orjson.Fragment(str(value))  # a Decimal, digit by digit as it was read


def _operation(
    number: int,
    client: int,
    step: Step,
    status: Status,
    started: float,
    *,
    based_on: str = "",
    location: str = "",
) -> Operation:
    """Return the operation that a step has become; it has just ended."""
    ended = time.monotonic()
    name = f"client{client}"
    return Operation(
        number, name, step.kind, step.record, step.value, status, started, ended, based_on, location=location
    )


def _with_times(again: Operation, first: Operation) -> Operation:
    """Return the repeat as the end of its first try: one operation, which began when the first try began."""
    return Operation(
        first.number,
        first.client,
        first.kind,
        first.record,
        first.value,
        again.status,
        first.started,
        again.ended,
        location=again.location,
    )
