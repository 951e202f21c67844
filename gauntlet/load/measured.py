"""What a load run measured, before anybody judges it; written by the generator, read by the harness."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from gauntlet.load.histogram import Histogram

SCHEMA_VERSION = 1


@dataclass(slots=True)
class EndpointTally:
    """One kind of request. `errors` includes wrong patients, unanswered and unsent requests."""

    name: str
    sent: int = 0
    answered: int = 0
    errors: int = 0
    wrong_patient: int = 0
    latency: Histogram = field(default_factory=Histogram)  # from the intended start; every arrival, errors at their age
    service: Histogram = field(default_factory=Histogram)  # from the real start; answered ones
    seconds: list[SecondTally] = field(default_factory=list)  # of this kind alone; kept by runs with faults only


@dataclass(slots=True)
class SecondTally:
    """One second of the run, by intended start."""

    second: int
    wanted: int = 0
    answered: int = 0
    errors: int = 0
    latency: Histogram = field(default_factory=Histogram)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The circumstances of a run."""

    profile: str
    seed: int
    started: float  # seconds since 1970 of the first second of the curve
    duration_s: float  # of the curve
    interrupted: bool  # stopped before the schedule's end: a partial result
    unsent_by_us: int  # arrivals that were not sent by the generator's own fault
    connections: int  # opened over the run
    cpu_s: float  # of the generator, during the run


@dataclass(frozen=True, slots=True)
class RawLoad:
    """A whole run."""

    run: RunFacts
    wanted: int  # arrivals that were due
    unsent: int  # arrivals that were never sent, for whatever reason
    lag: Histogram  # how late the generator noticed an arrival
    endpoints: list[EndpointTally]
    timeline: list[SecondTally]
    problems: dict[str, int]  # what was wrong with answers -> how often
    sample_errors: list[str]
    writes: dict[int, list[int]] = field(default_factory=dict)  # patient of the plan -> creates sent, acknowledged
    validated: int = 0  # right answers that were judged by every rule of FHIR R4
    broken_rules: dict[str, int] = field(default_factory=dict)  # rule and path -> how many of them break it
    schema_version: int = SCHEMA_VERSION

    @property
    def sent(self) -> int:
        """Requests that were really started."""
        return sum(endpoint.sent for endpoint in self.endpoints)

    @property
    def answered(self) -> int:
        """Requests that got a complete HTTP answer, of whatever status."""
        return sum(endpoint.answered for endpoint in self.endpoints)


def to_json(raw: RawLoad) -> bytes:
    """Return `raw` as JSON."""
    return orjson.dumps(raw, default=_plain, option=orjson.OPT_NON_STR_KEYS)


def _plain(value: Any) -> Any:
    if isinstance(value, Histogram):
        return value.to_json()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def from_json(data: bytes) -> RawLoad:
    """Read `to_json`'s output back.

    Raises ValueError when the data is not JSON, of another schema version or does not add up, KeyError or
    TypeError when fields are missing or unknown.
    """
    raw: dict[str, Any] = orjson.loads(data)
    if not isinstance(raw, dict) or raw.get("schema_version") != SCHEMA_VERSION:
        raise ValueError("not a load result of schema version 1")
    return RawLoad(
        **{
            **raw,
            "run": RunFacts(**raw["run"]),
            "writes": {int(patient): counts for patient, counts in raw["writes"].items()},
            "lag": Histogram.from_json(raw["lag"]),
            "endpoints": [
                EndpointTally(**{**_with_histograms(item), "seconds": _seconds(item.get("seconds", []))})
                for item in raw["endpoints"]
            ],
            "timeline": _seconds(raw["timeline"]),
        }
    )


def seconds_of(timelines: Iterable[Sequence[SecondTally]]) -> list[SecondTally]:
    """Return the seconds of several timelines added up."""
    seconds: dict[int, SecondTally] = {}
    for item in (item for timeline in timelines for item in timeline):
        whole = seconds.setdefault(item.second, SecondTally(item.second))
        whole.wanted += item.wanted
        whole.answered += item.answered
        whole.errors += item.errors
        whole.latency.merge(item.latency)
    return [seconds[number] for number in sorted(seconds)]


def _seconds(items: list[dict[str, Any]]) -> list[SecondTally]:
    return [SecondTally(**_with_histograms(item)) for item in items]


def _with_histograms(item: dict[str, Any]) -> dict[str, Any]:
    return {
        name: Histogram.from_json(value) if name in ("latency", "service") else value for name, value in item.items()
    }
