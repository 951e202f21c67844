"""What a load profile's run found, as results.json holds it and reports show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gauntlet.verdict import Verdict

ENOUGH_FOR_P999 = 5_000


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Latency percentiles in milliseconds; `count` samples.

    `bounds` are the lower and upper bound of each percentile by its name, 99 % sure as far as the draw of the arrivals
    goes (order statistics: binomial, in its normal approximation).
    """

    count: int
    p50: float
    p95: float
    p99: float
    p999: float
    max: float
    bounds: dict[str, list[float]] = field(default_factory=dict)  # empty in results of earlier versions

    @property
    def tells_p999(self) -> bool:
        """Whether there are samples enough for p99.9 to be more than an accident."""
        return self.count >= ENOUGH_FOR_P999


@dataclass(frozen=True, slots=True)
class EndpointLoad:
    """One endpoint of a load profile. `latency` counts from the intended start, `service` from the real one."""

    name: str
    sent: int
    errors: int
    wrong_patient: int
    latency: Percentiles
    service: Percentiles


@dataclass(frozen=True, slots=True)
class LoadSecond:
    """One second of a load run, by intended start."""

    second: int
    wanted: int  # arrivals the schedule asked for
    answered: int
    errors: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Objective:
    """One service-level objective of a load run: what was allowed and what was measured."""

    name: str  # "p99_ms"
    limit: float
    measured: float
    held: bool
    about: str = "all"  # every request; else an endpoint, such as "search Observation", or a traffic class
    doubt: str = ""  # why it cannot be judged: then it is neither held nor missed

    @property
    def missed(self) -> bool:
        """Whether it was judged, and not held."""
        return not (self.held or self.doubt)

    @property
    def label(self) -> str:
        """The name, and what it is about unless that is every request."""
        return self.name if self.about == "all" else f"{self.name} of {self.about}"


@dataclass(frozen=True, slots=True)
class LoadFault:
    """A fault in the middle of a load run; times in seconds of the run."""

    what: str
    from_s: float
    until_s: float
    recovered_s: float | None  # from its end until service was within the objectives again; None: not seen
    proven: bool  # the harness itself felt it, or the EHR applied it
    evidence: str


@dataclass(frozen=True, slots=True)
class LatencyBin:
    """How many requests took at most `up_to_ms`, and longer than the bin before."""

    up_to_ms: float
    count: int


@dataclass(frozen=True, slots=True)
class LoadResult:
    """A load profile's run."""

    profile: str
    why: str  # reason for the profile's numbers
    seed: int
    duration_s: float
    wanted: int
    sent: int
    unsent: int
    lag: Percentiles  # how late the generator itself was
    endpoints: list[EndpointLoad]  # by kind of request, as the profile names them; the last one is named "all"
    timeline: list[LoadSecond]
    objectives: list[Objective]
    verdict: Verdict
    reason: str = ""
    ehr_calls: int = 0  # data requests the EHR saw meanwhile
    sample_errors: list[str] = field(default_factory=list)
    validated: int = 0  # right answers that were judged by every rule of FHIR R4
    broken_rules: dict[str, int] = field(default_factory=dict)  # rule and path -> how many of them break it
    faults: list[LoadFault] = field(default_factory=list)
    distribution: list[LatencyBin] = field(default_factory=list)
    partial: bool = False  # stopped by somebody before its end
    interactions: list[EndpointLoad] = field(default_factory=list)  # by interaction and type: "search Observation"
    traffic: list[EndpointLoad] = field(default_factory=list)  # by class: "interactive", "batch", "partner"
    held_per_s: float | None = None  # capacity search: the highest rate that was held; None: no search
    too_much_per_s: float | None = None  # the lowest rate that was not; None: no search, or every rate was held


def load_from(raw: dict[str, Any]) -> LoadResult:
    """Return the `LoadResult` that `raw` (its `asdict`) describes; of an older suite, too."""
    return LoadResult(
        **{
            **raw,
            "verdict": Verdict(raw["verdict"]),
            "lag": Percentiles(**raw["lag"]),
            **{name: _endpoints(raw.get(name, [])) for name in ("endpoints", "interactions", "traffic")},
            "timeline": [LoadSecond(**item) for item in raw["timeline"]],
            "objectives": [Objective(**item) for item in raw["objectives"]],
            "faults": [LoadFault(**item) for item in raw["faults"]],
            "distribution": [LatencyBin(**item) for item in raw["distribution"]],
        }
    )


def _endpoints(items: list[dict[str, Any]]) -> list[EndpointLoad]:
    return [
        EndpointLoad(**{**item, "latency": Percentiles(**item["latency"]), "service": Percentiles(**item["service"])})
        for item in items
    ]
