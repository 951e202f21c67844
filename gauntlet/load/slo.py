"""Service-level objectives: over all requests of a run, and over those of one endpoint or one traffic class."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gauntlet.load.profile_tables import Reason, Table

LATENCIES = ("p50_ms", "p95_ms", "p99_ms", "p999_ms")
ERROR_RATE, WRONG_PATIENT, RECOVERY = "error_rate", "wrong_patient", "recovery_s"
PARTIAL = (*LATENCIES, ERROR_RATE, RECOVERY)  # what may be asked of an endpoint or a traffic class alone
OBJECTIVES = (*LATENCIES, ERROR_RATE, WRONG_PATIENT)


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


class RecoveryBound(Table):
    """How many seconds after the end of a fault service must be back, and why."""

    limit: float = Field(gt=0, le=600)
    why: Reason


class PartSlo(Table):
    """Objectives of one endpoint or traffic class, beside those over all requests."""

    p50_ms: LatencyBound | None = None
    p95_ms: LatencyBound | None = None
    p99_ms: LatencyBound | None = None
    p999_ms: LatencyBound | None = None
    error_rate: ShareBound | None = None
    recovery_s: RecoveryBound | None = None

    def limits(self) -> dict[str, float]:
        """Return objective name -> limit of what is asked, in the order of `PARTIAL`."""
        return {name: float(bound.limit) for name in PARTIAL if (bound := getattr(self, name)) is not None}


Parts = Annotated[dict[str, PartSlo], Field(max_length=100)]


class Slo(Table):
    """Service-level objectives over all requests of the run, latencies from the intended start."""

    p50_ms: LatencyBound
    p95_ms: LatencyBound
    p99_ms: LatencyBound
    p999_ms: LatencyBound | None = Field(None, description="judged from 5,000 arrivals on; fewer say nothing about it")
    error_rate: ShareBound
    wrong_patient: Never
    endpoint: Parts = Field({}, description='of "read TYPE", "search TYPE" or "create" alone')
    traffic: Parts = Field({}, description='of "interactive", "batch" or "partner" consumers alone')

    def limits(self) -> dict[str, float]:
        """Return objective name -> limit over all requests, in the order of `OBJECTIVES`."""
        return {name: float(bound.limit) for name in OBJECTIVES if (bound := getattr(self, name)) is not None}

    def of_part(self, part: PartSlo) -> Slo:
        """Return these objectives with those of `part` in their place."""
        own = {name: bound for name in OBJECTIVES if (bound := getattr(part, name, None)) is not None}
        return self.model_copy(update=own)
