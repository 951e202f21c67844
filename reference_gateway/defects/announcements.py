"""Defects in what is announced about limits, and in who counts (THR)."""

from __future__ import annotations

from pathlib import Path

from reference_gateway.buckets import OwnBuckets, SharedBuckets, Size
from reference_gateway.client_limits import ClientLimit
from reference_gateway.defects.defect import swap
from reference_gateway.rate_limit_fields import RateLimitFields
from reference_gateway.throttle import Standing


class AnnouncesAnotherQuota(RateLimitFields):
    """Names the quota that marketing had asked for."""

    def quota(self, limit: ClientLimit) -> int:
        """Return ten times the quota."""
        return 10 * super().quota(limit)


class AnnouncesAFullBucket(RateLimitFields):
    """Reads the limit where it should read the counter."""

    def left(self, standing: Standing) -> int:
        """Return what a full bucket holds."""
        return int(standing.limit.burst)


class AnnouncesHalfOfWhatIsLeft(RateLimitFields):
    """Counts each request twice when it announces."""

    def left(self, standing: Standing) -> int:
        """Return less than there is."""
        return max(0, int(2 * standing.left - standing.limit.burst))


class AnnouncesNoWait(RateLimitFields):
    """Subtracts the wrong way round, and never goes below nothing."""

    def reset_s(self, standing: Standing) -> int:  # noqa: ARG002 - the honest signature
        """Return that no wait is needed."""
        return 0


class EachInstanceCountsAlone(SharedBuckets):
    """Counts within the process, for speed."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self._own = OwnBuckets()

    def draw(self, name: str, size: Size, now: float) -> float:
        """Take one request from this process's own bucket."""
        return self._own.draw(name, size, now)

    def left(self, name: str, size: Size, now: float) -> float:
        """Return how many are left in it."""
        return self._own.left(name, size, now)


DEFECTS = (
    swap("announces-another-quota", "THR-07", "RateLimit-Policy is too large", rate_limits=AnnouncesAnotherQuota),
    swap("announces-a-full-bucket", "THR-07", "RateLimit never counts down", rate_limits=AnnouncesAFullBucket),
    swap("announces-half-of-what-is-left", "THR-07", "RateLimit counts twice", rate_limits=AnnouncesHalfOfWhatIsLeft),
    swap("announces-no-wait", "THR-07", "RateLimit names a reset of 0 s", rate_limits=AnnouncesNoWait),
    swap("each-instance-counts-alone", "THR-08", "limits are per process", shared_buckets=EachInstanceCountsAlone),
)
