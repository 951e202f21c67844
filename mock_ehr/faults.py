"""The fault engine: which armed faults strike a request. Deciding is pure; the book keeps the tallies."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

from mock_ehr.behaviours.checks import FaultError, build, check_choice
from mock_ehr.behaviours.cutting import Drop, Stall
from mock_ehr.behaviours.stage import Behaviour, Stage
from mock_ehr.behaviours.vocabulary import parse_behaviour
from mock_ehr.facts import Facts
from mock_ehr.fault_match import Match
from mock_ehr.fault_schedule import Moment, Schedule

MAX_ARMED = 1000
FIELDS = ("name", "match", "behaviour", "schedule", "seed")
TIMED = tuple(spec.name for spec in fields(Schedule))  # words of the schedule that may stand in `match` as well


@dataclass(frozen=True, slots=True)
class Fault:
    """One armed fault."""

    id: str
    name: str
    match: Match
    schedule: Schedule
    behaviour: Behaviour
    seed: int
    definition: Mapping[str, Any]  # as it was given


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a fault's matcher fitted inside its window, and how often it was struck."""

    matched: int = 0
    struck: int = 0


class Strike(NamedTuple):
    """A fault that strikes a request, for the `number`-th time (0 is the first)."""

    fault: Fault
    number: int

    @property
    def name(self) -> str:
        """The fault's name."""
        return self.fault.name

    @property
    def behaviour(self) -> Any:
        """What it does."""
        return self.fault.behaviour

    def draw(self) -> random.Random:
        """Return the randomness of this strike: it depends on the fault's seed and the number alone."""
        return random.Random(f"{self.fault.seed}:{self.number}:{self.fault.behaviour.kind}")


def parse_fault(raw: object, fault_id: str) -> Fault:
    """Return the fault that the JSON object `raw` describes.

    Raises FaultError with the reason, the key and what is valid.
    """
    if not isinstance(raw, Mapping):
        raise FaultError(f"a fault is an object with {', '.join(FIELDS)}, not {type(raw).__name__}")
    for key in raw:
        check_choice("fault field", key, FIELDS)
    behaviour = parse_behaviour(raw.get("behaviour"))
    name = raw.get("name", behaviour.kind)
    seed = raw.get("seed", 0)
    if not isinstance(name, str) or not name:
        raise FaultError(f"name is {name!r}; it is a text", "name")
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise FaultError(f"seed is {seed!r}; it is a whole number", "seed")
    match, schedule = parse_match(raw)
    if match.kind == "connection" or behaviour.stage is Stage.CONNECTION:
        match = about_connections(match, behaviour)
    return Fault(fault_id, name, match, schedule, behaviour, seed, dict(raw))


def table(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the table `name` of a definition, empty when it is absent. Raises FaultError."""
    value = raw.get(name, {})
    if not isinstance(value, Mapping):
        raise FaultError(f"{name} is {value!r}; it is an object", name)
    return value


def parse_match(raw: Mapping[str, Any]) -> tuple[Match, Schedule]:
    """Return the matcher and the schedule of a definition. Raises FaultError."""
    match, schedule = table(raw, "match"), table(raw, "schedule")
    where = {name: value for name, value in match.items() if name not in TIMED}
    known = tuple(spec.name for spec in fields(Match)) + TIMED
    for name in where:
        try:
            check_choice("match: field", name, known)
        except FaultError as error:
            raise FaultError(error.message, f"match.{name}") from None
    for name in match:
        if name in TIMED and name in schedule:
            raise FaultError(f"{name} stands in match and in schedule; give it once", f"schedule.{name}")
    try:
        who = build(Match, where, "match")
    except FaultError as error:
        raise error.inside("match") from None
    timed = {name: value for name, value in match.items() if name in TIMED}
    try:
        when = build(Schedule, {**timed, **schedule}, "schedule")
    except FaultError as error:
        raise error.inside("match" if error.key in timed else "schedule") from None
    return who, when


def about_connections(match: Match, behaviour: Behaviour) -> Match:
    """Return the matcher of a fault of whole connections. Raises FaultError for what makes no sense there."""
    fitting = behaviour.stage is Stage.CONNECTION or (
        isinstance(behaviour, Drop | Stall) and behaviour.when == "before"
    )
    if not fitting:
        raise FaultError(
            f"{behaviour.kind} cannot strike a connection; valid: certificate, drop and stall with when = before",
            "behaviour.kind",
        )
    if match.kind not in ("", "connection"):
        raise FaultError(f"{behaviour.kind} is shown before any request: match kind connection", "match.kind")
    return replace(match, kind="connection")


def decide(fault: Fault, tally: Tally, facts: Facts, moment: Moment) -> tuple[Tally, bool]:
    """Return the new tally of `fault` and whether it strikes this request.

    Pure: the draw depends on seed and count alone.
    """
    schedule = fault.schedule
    if not fault.match.fits(facts) or not schedule.open_at(moment):
        return tally, False
    after = replace(tally, matched=tally.matched + 1)
    if schedule.first is not None and tally.struck >= schedule.first:
        return after, False
    if not schedule.counts(tally.matched):
        return after, False
    if schedule.share < 1 and random.Random(f"{fault.seed}:{tally.matched}").random() >= schedule.share:
        return after, False
    return replace(after, struck=tally.struck + 1), True


@dataclass(slots=True)
class Armed:
    """A fault in force, and its counts: `applied` is how often it took effect."""

    fault: Fault
    since: float
    tally: Tally = Tally()
    applied: int = 0


class FaultBook:
    """The armed faults in the order in which they were armed.

    `now` is the EHR's clock, `monotonic` counts from arming. `about_requests` and `about_connections` are what a
    request or a connection has to look at: without faults both are empty, which is all that they cost then.
    """

    def __init__(self, monotonic: Callable[[], float], now: Callable[[], float] = lambda: 0.0) -> None:
        self._monotonic = monotonic
        self._now = now
        self._armed: dict[str, Armed] = {}
        self._count = 0
        self.speaks_tls = False
        self.about_requests: list[Armed] = []
        self.about_connections: list[Armed] = []

    def __bool__(self) -> bool:
        return bool(self._armed)

    def _sort(self) -> None:
        armed = self._armed.values()
        self.about_connections = [one for one in armed if one.fault.match.kind == "connection"]
        self.about_requests = [one for one in armed if one.fault.match.kind != "connection"]

    def arm(self, raw: object) -> Fault:
        """Arm the fault that `raw` describes. Raises FaultError."""
        if len(self._armed) >= MAX_ARMED:
            raise FaultError(f"{MAX_ARMED} faults are armed already; delete some")
        fault = parse_fault(raw, f"fault-{self._count + 1}")
        if fault.behaviour.stage is Stage.CONNECTION and not self.speaks_tls:
            raise FaultError("the data side speaks plain HTTP; start it with TLS to show certificates", "behaviour")
        self._count += 1
        self._armed[fault.id] = Armed(fault, self._monotonic())
        self._sort()
        return fault

    def disarm(self, fault_id: str) -> bool:
        """Remove one fault; False when there is none with this id."""
        gone = self._armed.pop(fault_id, None)
        self._sort()
        return gone is not None

    def clear(self) -> None:
        """Remove all faults."""
        self._armed.clear()
        self._sort()

    def strike(self, facts: Facts) -> list[Strike]:
        """Return the faults that strike this request, or this connection, and count them."""
        armed = self.about_connections if facts.kind == "connection" else self.about_requests
        if not armed:
            return []
        at, now = self._monotonic(), self._now()
        struck = []
        for one in armed:
            one.tally, hit = decide(one.fault, one.tally, facts, Moment(at - one.since, now))
            if hit:
                struck.append(Strike(one.fault, one.tally.struck - 1))
        return struck

    def are_about(self, facts: Facts) -> bool:
        """Return whether a fault may ever strike such a request. `about_requests` is another list after each change."""
        return any(one.fault.match.fits(facts) for one in self.about_requests)

    def note_effect(self, fault: Fault) -> None:
        """Count that `fault` changed an exchange."""
        armed = self._armed.get(fault.id)
        if armed is not None:
            armed.applied += 1

    def listing(self) -> list[dict[str, Any]]:
        """Return each armed fault as given, with its id and counts; `applied` is how often it took effect."""
        return [
            {
                **one.fault.definition,
                "id": one.fault.id,
                "name": one.fault.name,
                "matched": one.tally.matched,
                "struck": one.tally.struck,
                "applied": one.applied,
            }
            for one in self._armed.values()
        ]
