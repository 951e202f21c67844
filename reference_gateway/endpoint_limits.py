"""Limits of single endpoints of the EHR, by resource type and whoever asks: some of its tables bear less than others.

What is counted is calls at the EHR, repeats included, in this process.
"""

from __future__ import annotations

from collections.abc import Mapping

from reference_gateway.buckets import OwnBuckets, Size
from reference_gateway.clock import Clock
from reference_gateway.ehr_request import EhrFailure, EhrRequest
from reference_gateway.routes import UNITY_TYPES


class EndpointLimits:
    """Lets calls about a limited type pass as long as its bucket holds; other types are not counted."""

    def __init__(self, limits: Mapping[str, Size], clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._buckets = OwnBuckets()

    def take(self, request: EhrRequest) -> None:
        """Take one call from the type's bucket. Raises EhrFailure limited with the wait until there is one again."""
        size = self.size(request)
        if size is None:
            return
        left = self._buckets.draw(self.bucket_name(request), size, self._clock.monotonic())
        if left < 1:
            raise EhrFailure("limited", reached=False, retry_after_s=(1 - left) / size.rate_per_s)

    def size(self, request: EhrRequest) -> Size | None:
        """Return the bucket's size, None for a type without a limit."""
        return self._limits.get(request.resource_type)

    def bucket_name(self, request: EhrRequest) -> str:
        """Return the bucket that a call is taken from."""
        return request.resource_type


def read_endpoint_limits(text: str) -> Mapping[str, Size]:
    """Read `Encounter=20/60, ...`: calls a second and burst by type. Raises ValueError naming what is wrong."""
    found = {}
    for item in text.split(","):
        name, _, numbers = item.strip().partition("=")
        rate, _, burst = numbers.partition("/")
        if name not in UNITY_TYPES:
            raise ValueError(f"{name!r} is no type that is served; valid are {', '.join(UNITY_TYPES)}")
        try:
            size = Size(capacity=float(burst), rate_per_s=float(rate))
        except ValueError:
            size = Size(0, 0)
        if not (1 <= size.capacity < float("inf") and 0 < size.rate_per_s < float("inf")):
            raise ValueError(f"{item.strip()!r} is not Type=calls a second/burst, such as Encounter=20/60")
        found[name] = size
    return found
