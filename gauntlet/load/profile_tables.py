"""The optional tables of a load profile: what happens beside the arrivals, and what else is judged."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Reason = Annotated[str, Field(min_length=10)]
OUTAGE, TOKEN_EXPIRY = "outage", "token-expiry"


class Table(BaseModel):
    """A table of a profile: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Fault(Table):
    """A fault in the middle of the arrivals. It begins at `at_s`, but not before the one before it is over."""

    what: str = Field(
        pattern=r"^[a-z0-9-]+$",
        description="outage (the network to the EHR is cut), token-expiry, or a file of scenarios/faults",
    )
    at_s: float = Field(ge=0, description="seconds from the start, at the earliest")
    for_s: float = Field(ge=0, le=3600, description="how long it is in force")
    why: Reason


class Recovery(Table):
    """When service counts as restored after a fault, and how soon it has to be."""

    within_s: float = Field(gt=0, le=600, description="from the end of the fault")
    good_s: int = Field(ge=1, le=60, description="seconds in a row within the objectives for p95 and errors")
    why: Reason


class Compressed(Table):
    """The short form of the profile that conformance runs use."""

    duration_s: float = Field(gt=0, description="the curve is stretched to so many seconds")
    rate: float = Field(1.0, gt=0, description="every rate is multiplied by this")
    fault_s: float = Field(1.0, gt=0, le=1, description="faults last so much of their time")
    why: Reason


class Sync(Table):
    """A batch job beside the arrivals: every record of some patients is fetched once."""

    patients: int = Field(ge=1, le=200)
    window_s: float = Field(gt=0, description="the job has to be done within this time")
    at_once: int = Field(4, ge=1, le=64, description="requests that the job has under way")
    why: Reason


class Search(Table):
    """A search for the highest rate within the objectives: the curve is a staircase of `steps`."""

    steps: list[float] = Field(min_length=2, description="arrivals per second, ascending")
    step_s: float = Field(ge=1, le=600)
    bisections: int = Field(ge=0, le=12, description="further runs between the last good and the first bad rate")
    at_least_per_s: float = Field(gt=0, description="a lower capacity does not meet the requirement")
    why: Reason


class Drift(Table):
    """What may change between the second and the last quarter of a soak."""

    memory_share: float = Field(gt=0, description="growth of resident memory")
    memory_mb: float = Field(gt=0, description="growth below this is not counted")
    descriptors: int = Field(ge=1, description="growth of open files and sockets")
    latency_factor: float = Field(gt=1, description="median of the last quarter over that of the second one")
    latency_ms: float = Field(gt=0, description="a slowdown below this is not counted")
    why: Reason


Judged = Literal["LOD-01", "LOD-02", "LOD-03", "LOD-04", "LOD-05", "LOD-06", "LOD-07", "LOD-08", "LOD-09"]
