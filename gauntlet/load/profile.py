"""Load profiles as values: rate curve, mix of requests, objectives, limits; numbers carry their reasons."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from gauntlet.errors import UsageError, closest
from gauntlet.load.interaction import parse_request
from gauntlet.load.profile_tables import (
    Compressed,
    Drift,
    Fault,
    Judged,
    Reason,
    Recovery,
    Search,
    Sync,
    Table,
)
from gauntlet.load.slo import Slo
from gauntlet.load.traffic import endpoint_name, traffic_class

MAX_RATE = 20_000.0  # arrivals/s of one generator process; above it a schedule could not be kept
MAX_DURATION_S = 86_400.0

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9 -]*$")]


class ProfileError(UsageError):
    """A load profile that cannot be used."""


class RatePoint(Table):
    """A corner of the rate curve; between corners the rate is linear."""

    at_s: float = Field(ge=0, le=MAX_DURATION_S, description="seconds from the start")
    per_s: float = Field(ge=0, le=MAX_RATE, description="arrivals per second")
    why: Reason


class Request(Table):
    """One kind of request and how often it is made, relative to the other kinds."""

    name: Name
    role: Name = Field(description="who asks; the plan holds one token for each role")
    request: str = Field(
        description='below the FHIR base: "Type/{id placeholder}", "Type?search={placeholder}" or "create"'
    )
    weight: float = Field(gt=0, le=1_000_000)
    at_least: int = Field(1, ge=0, description="matches a search must find; the record is known to hold them")
    judged: bool = Field(True, description="whether the objectives are about it")
    may_be_throttled: bool = Field(False, description="whether 429 is a right answer: this consumer asks too much")
    why: Reason

    @field_validator("request")
    @classmethod
    def _readable(cls, value: str) -> str:
        parse_request(value)
        return value


class Limits(Table):
    """When the consumers give up."""

    answer_timeout_s: float = Field(gt=0, le=300, description="a request without an answer after this long is an error")
    drain_s: float = Field(ge=0, le=600, description="how long after the last arrival answers are still awaited")
    connections: int = Field(
        ge=1, le=50_000, description="most connections open at once; further arrivals wait, and age"
    )
    why: Reason


class Profile(Table):
    """A load profile. Times in seconds, rates in arrivals per second."""

    name: Name
    title: str = Field(min_length=1)
    why: Reason
    curve: list[RatePoint] = Field(min_length=2, max_length=10_000)
    mix: list[Request] = Field(min_length=1, max_length=1_000)
    slo: Slo
    limits: Limits
    judged_by: list[Judged] = Field(
        default=["LOD-01", "LOD-04"], min_length=1, description="requirements that a run of this profile judges"
    )
    fault: list[Fault] = Field(default=[], max_length=20)
    recovery: Recovery | None = None
    compressed: Compressed | None = None
    sync: Sync | None = None
    search: Search | None = None
    drift: Drift | None = None

    @property
    def duration_s(self) -> float:
        """Seconds from the start to the end of the rate curve."""
        return self.curve[-1].at_s

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that ask, each once, in the order of the mix."""
        return tuple(dict.fromkeys(request.role for request in self.mix))

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        times = [point.at_s for point in self.curve]
        if times[0] != 0:
            raise ValueError(f"curve starts at_s = {times[0]:g}: the first point must be at_s = 0")
        for index, (before, after) in enumerate(pairwise(times)):
            if after <= before:
                raise ValueError(
                    f"curve.{index + 1}.at_s is {after:g}, must be later than the point before ({before:g})"
                )
        if self.fault and self.recovery is None:
            raise ValueError("recovery: required beside fault, or nobody would know when a fault is overcome")
        if not any(request.judged for request in self.mix):
            raise ValueError("mix: no request is judged, so the objectives would be about nothing")
        if not any(point.per_s for point in self.curve):
            raise ValueError("curve: every per_s is 0, so nothing would ever be sent")
        names = [request.name for request in self.mix]
        twice = sorted({name for name in names if names.count(name) > 1} | ({"all"} & set(names)))
        if twice:
            raise ValueError(f"mix: name {twice[0]!r} is used twice or reserved ('all')")
        return self

    @model_validator(mode="after")
    def _objectives_of_somebody(self) -> Self:
        """Refuse objectives of an endpoint or a traffic class that no request belongs to."""
        endpoints = {endpoint_name(request.request) for request in self.mix if request.judged}
        classes = {traffic_class(request.role) for request in self.mix}
        for key, names, there in (("endpoint", self.slo.endpoint, endpoints), ("traffic", self.slo.traffic, classes)):
            for name in names:
                if name not in there:
                    raise ValueError(
                        f"slo.{key}: no judged request of the mix is of {name!r}{closest(name, there)}; there are"
                        f" {', '.join(sorted(there))}"
                    )
        if self.recovery is None and any(
            part.recovery_s for part in (*self.slo.endpoint.values(), *self.slo.traffic.values())
        ):
            raise ValueError("slo: recovery_s needs fault and recovery, or there is nothing to recover from")
        return self
