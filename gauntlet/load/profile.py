"""Load profiles as values: rate curve, mix of requests, objectives, limits; numbers carry their reasons."""

from __future__ import annotations

from collections.abc import Mapping
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

MAX_RATE = 20_000.0  # arrivals/s of one generator process; above it a schedule could not be kept
MAX_DURATION_S = 86_400.0
OBJECTIVES = ("p50_ms", "p95_ms", "p99_ms", "error_rate", "wrong_patient")

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


class LatencyBound(Table):
    """A latency that must not be exceeded, in milliseconds, and why."""

    limit: float = Field(gt=0)
    why: Reason


class ShareBound(Table):
    """A share (0 to 1) that must not be exceeded, and why."""

    limit: float = Field(ge=0, le=1)
    why: Reason


class Never(Table):
    """Something that must not happen at all, and why."""

    limit: int = Field(0, ge=0, le=0)
    why: Reason


class Slo(Table):
    """Service-level objectives over all requests of the run, latencies from the intended start."""

    p50_ms: LatencyBound
    p95_ms: LatencyBound
    p99_ms: LatencyBound
    error_rate: ShareBound
    wrong_patient: Never

    def limits(self) -> dict[str, float]:
        """Return objective name -> limit, in the order of `OBJECTIVES`."""
        return {name: float(getattr(self, name).limit) for name in OBJECTIVES}


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


def with_slo(profile: Profile, overrides: Mapping[str, float | None], *, why: str) -> Profile:
    """Return `profile` with the objectives named in `overrides` replaced (None keeps the profile's own).

    Raises ProfileError for an unknown objective or an impossible limit.
    """
    slo = profile.slo.model_dump()
    for name, limit in overrides.items():
        if name not in OBJECTIVES:
            raise ProfileError(
                f"unknown objective {name!r}{closest(name, OBJECTIVES)}",
                hint=f"valid: {', '.join(OBJECTIVES)}",
            )
        if limit is not None:
            slo[name] = {"limit": limit, "why": why}
    try:
        return profile.model_copy(update={"slo": Slo.model_validate(slo)})
    except ValueError as error:
        raise ProfileError(f"objectives for profile {profile.name}: {error}") from None
