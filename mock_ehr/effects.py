"""From the faults that strike a request to what happens to it, in the order in which they were armed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mock_ehr import exact_json
from mock_ehr.behaviours import (
    Corrupt,
    Delay,
    Drift,
    Drop,
    Empty,
    Html,
    Stall,
    Status,
    Storm,
    TokenExpiry,
    Truncate,
    WrongPatient,
)
from mock_ehr.faults import Fault
from mock_ehr.message import Answer, Pairs
from mock_ehr.wire import http_date

BROKEN_TAIL = b'{"broken": '


@dataclass(slots=True)
class Effects:
    """What the faults of one request add up to.

    Where two contradict each other, the first one armed holds.
    """

    instead: Fault | None = None  # answers in the EHR's place: status, storm, html
    connection: Fault | None = None  # stall, drop, truncate
    expire_token: Fault | None = None
    wrong_patient: Fault | None = None
    rewrites: list[Fault] = field(default_factory=list)  # drift, corrupt, empty
    delays: list[Fault] = field(default_factory=list)

    @property
    def processed(self) -> bool:
        """Return whether the EHR gets to process the request at all."""
        behaviour = self.connection.behaviour if self.connection else None
        unheard = isinstance(behaviour, Stall) or (isinstance(behaviour, Drop) and behaviour.when == "before")
        return self.instead is None and not unheard

    @property
    def delay_s(self) -> float:
        """Return all delays together, in seconds."""
        return sum(fault.behaviour.seconds for fault in self.delays if isinstance(fault.behaviour, Delay))


def compose(struck: Iterable[Fault]) -> Effects:
    """Return the effects of the faults that strike one request."""
    effects = Effects()
    for fault in struck:
        behaviour = fault.behaviour
        if isinstance(behaviour, Status | Storm | Html):
            effects.instead = effects.instead or fault
        elif isinstance(behaviour, Stall | Drop | Truncate):
            effects.connection = effects.connection or fault
        elif isinstance(behaviour, Delay):
            effects.delays.append(fault)
        elif isinstance(behaviour, TokenExpiry):
            effects.expire_token = effects.expire_token or fault
        elif isinstance(behaviour, WrongPatient):
            effects.wrong_patient = effects.wrong_patient or fault
        else:
            effects.rewrites.append(fault)
    return effects


def dated(value: str, now_s: float) -> str:
    """Return a header value as sent: `date:+2` is the HTTP-date 2 s after `now_s`, rounded up."""
    if not value.startswith("date:"):
        return value
    return http_date(math.ceil(now_s + float(value.removeprefix("date:"))))


def fault_headers(behaviour: Status | Storm, now_s: float) -> Pairs:
    """Return the headers that a status or storm fault adds to its answer."""
    if isinstance(behaviour, Status):
        return tuple((name, dated(value, now_s)) for name, value in behaviour.headers.items())
    return () if behaviour.retry_after is None else (("Retry-After", dated(behaviour.retry_after, now_s)),)


def rewrite(behaviour: Drift | Corrupt | Empty, answer: Answer) -> Answer:
    """Return `answer` after a rewriting fault; the same object when there was nothing to change."""
    if isinstance(behaviour, Empty):
        return replace(answer, status=200, body=b"", headers=without_location(answer.headers))
    if isinstance(behaviour, Corrupt):
        kept = answer.body[: max(1, len(answer.body) * 2 // 3)] if answer.body else b""
        return replace(answer, body=kept + BROKEN_TAIL)
    return drifted(behaviour, answer)


def without_location(headers: Pairs) -> Pairs:
    """Return `headers` without Location."""
    return tuple(pair for pair in headers if pair[0] != "Location")


def drifted(drift: Drift, answer: Answer) -> Answer:
    """Return `answer` with each resource in it changed in shape; the same object when none was."""
    try:
        body = exact_json.loads(answer.body)
    except ValueError:
        return answer
    if not isinstance(body, dict):
        return answer
    resources = [body]
    if body.get("resourceType") == "Bundle":
        resources = [entry["resource"] for entry in body.get("entry", []) if entry["search"]["mode"] == "match"]
    changed = [drift_resource(drift, resource) for resource in resources]
    return replace(answer, body=exact_json.dumps(body)) if any(changed) else answer


def drift_resource(drift: Drift, resource: dict[str, Any]) -> bool:
    """Change one resource in place and return whether anything changed."""
    changed = False
    for path, name in drift.rename.items():
        for holder, key in places(resource, path):
            if key in holder:
                holder[name] = holder.pop(key)
                changed = True
    for path in drift.remove:
        for holder, key in places(resource, path):
            changed = holder.pop(key, None) is not None or changed
    for path, value in drift.set.items():
        for holder, key in places(resource, path):
            holder[key] = value
            changed = True
    return changed


def places(resource: dict[str, Any], path: str) -> list[tuple[dict[str, Any], str]]:
    """Return each object that holds the last step of the dotted `path`, through all items of lists."""
    steps = path.split(".")
    if steps[0][:1].isupper():
        if steps[0] != resource.get("resourceType"):
            return []
        steps = steps[1:]
    holders: list[Any] = [resource]
    for step in steps[:-1]:
        inner = [holder[step] for holder in holders if isinstance(holder, Mapping) and step in holder]
        holders = [item for value in inner for item in (value if isinstance(value, list) else [value])]
    return [(holder, steps[-1]) for holder in holders if isinstance(holder, dict)] if steps else []
