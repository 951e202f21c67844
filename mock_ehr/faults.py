"""The fault engine: which armed faults strike a request. Deciding is pure; the book keeps the tallies."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from mock_ehr.behaviours import Behaviour, FaultError, build, check_choice, check_number, parse_behaviour
from mock_ehr.facts import INTERACTIONS, KINDS, Facts

MAX_ARMED = 1000


@dataclass(frozen=True, slots=True)
class Match:
    """Which requests a fault strikes. An empty text matches everything.

    `path` is a glob over the path. The first `skip` matches pass; at most `first` are struck; of these a
    `share` (0..1, drawn by the seed). `for_s` ends the fault that many seconds after it was armed.
    """

    kind: str = ""
    interaction: str = ""
    type: str = ""
    patient: str = ""
    method: str = ""
    client: str = ""
    path: str = ""
    skip: int = 0
    first: int | None = None
    share: float = 1.0
    for_s: float | None = None

    def __post_init__(self) -> None:
        for name in ("kind", "interaction", "type", "patient", "method", "client", "path"):
            if not isinstance(getattr(self, name), str):
                raise FaultError(f"match {name} is {getattr(self, name)!r}; it is a text")
        if self.kind:
            check_choice("match kind", self.kind, KINDS)
        if self.interaction:
            check_choice("match interaction", self.interaction, INTERACTIONS)
        check_count("skip", self.skip)
        if self.first is not None:
            check_count("first", self.first)
        check_number("match share", self.share, 0, 1)
        if self.for_s is not None:
            check_number("match for_s", self.for_s, 0, 86_400)

    def fits(self, facts: Facts) -> bool:
        """Return whether `facts` are of a request that this fault is about."""
        return (
            self.kind in ("", facts.kind)
            and self.interaction in ("", facts.interaction)
            and self.type in ("", facts.resource_type)
            and self.method.upper() in ("", facts.method)
            and self.client in ("", facts.client_id)
            and (not self.patient or self.patient in facts.patients)
            and (not self.path or fnmatchcase(facts.path, self.path))
        )


def check_count(name: str, value: object) -> None:
    """Raise FaultError unless `value` is a whole number, 0 or more."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise FaultError(f"match {name} is {value!r}; it is a whole number, 0 or more")


@dataclass(frozen=True, slots=True)
class Fault:
    """One armed fault."""

    id: str
    name: str
    match: Match
    behaviour: Behaviour
    seed: int
    definition: Mapping[str, Any]  # as it was given


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a fault's matcher fitted and how often it was struck."""

    matched: int = 0
    struck: int = 0


def parse_fault(raw: object, fault_id: str) -> Fault:
    """Return the fault that the JSON object `raw` describes.

    Raises FaultError with the reason and what is valid.
    """
    if not isinstance(raw, Mapping):
        raise FaultError(f"a fault is an object with name, match, behaviour and seed, not {type(raw).__name__}")
    for key in raw:
        check_choice("fault field", key, ("name", "match", "behaviour", "seed"))
    match = raw.get("match", {})
    if not isinstance(match, Mapping):
        raise FaultError(f"match is {match!r}; it is an object")
    behaviour = parse_behaviour(raw.get("behaviour"))
    name = raw.get("name", behaviour.kind)
    seed = raw.get("seed", 0)
    if not isinstance(name, str) or not name:
        raise FaultError(f"name is {name!r}; it is a text")
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise FaultError(f"seed is {seed!r}; it is a whole number")
    return Fault(fault_id, name, build(Match, match, "match"), behaviour, seed, dict(raw))


def decide(fault: Fault, tally: Tally, facts: Facts, age_s: float) -> tuple[Tally, bool]:
    """Return the new tally of `fault` and whether it strikes this request.

    Pure: the draw depends on seed and count alone.
    """
    match = fault.match
    if (match.for_s is not None and age_s >= match.for_s) or not match.fits(facts):
        return tally, False
    after = replace(tally, matched=tally.matched + 1)
    if tally.matched < match.skip or (match.first is not None and tally.struck >= match.first):
        return after, False
    if match.share < 1 and random.Random(f"{fault.seed}:{tally.matched}").random() >= match.share:
        return after, False
    return replace(after, struck=tally.struck + 1), True


class FaultBook:
    """The armed faults in the order in which they were armed."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._faults: dict[str, Fault] = {}
        self._tallies: dict[str, Tally] = {}
        self._armed_at: dict[str, float] = {}
        self._applied: dict[str, int] = {}
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._faults)

    def arm(self, raw: object) -> Fault:
        """Arm the fault that `raw` describes. Raises FaultError."""
        if len(self._faults) >= MAX_ARMED:
            raise FaultError(f"{MAX_ARMED} faults are armed already; delete some")
        fault = parse_fault(raw, f"fault-{self._count + 1}")
        self._count += 1
        self._faults[fault.id] = fault
        self._tallies[fault.id] = Tally()
        self._armed_at[fault.id] = self._monotonic()
        self._applied[fault.id] = 0
        return fault

    def disarm(self, fault_id: str) -> bool:
        """Remove one fault; False when there is none with this id."""
        return self._faults.pop(fault_id, None) is not None

    def clear(self) -> None:
        """Remove all faults."""
        self._faults.clear()

    def strike(self, facts: Facts) -> list[Fault]:
        """Return the faults that strike this request and count them."""
        now = self._monotonic()
        struck = []
        for fault in self._faults.values():
            tally, hit = decide(fault, self._tallies[fault.id], facts, now - self._armed_at[fault.id])
            self._tallies[fault.id] = tally
            if hit:
                struck.append(fault)
        return struck

    def note_effect(self, fault: Fault) -> None:
        """Count that `fault` changed an exchange."""
        self._applied[fault.id] = self._applied.get(fault.id, 0) + 1

    def listing(self) -> list[dict[str, Any]]:
        """Return each armed fault as given, with its id and counts; `applied` is how often it took effect."""
        return [
            {
                **fault.definition,
                "id": fault.id,
                "name": fault.name,
                "matched": self._tallies[fault.id].matched,
                "struck": self._tallies[fault.id].struck,
                "applied": self._applied[fault.id],
            }
            for fault in self._faults.values()
        ]
