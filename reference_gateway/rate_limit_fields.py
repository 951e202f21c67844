"""RateLimit and RateLimit-Policy: what a client may still ask for, so that it need not find out by being refused.

Source: IETF draft-ietf-httpapi-ratelimit-headers (10): q requests in w seconds, r of them left, t seconds to the next
full quota.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from reference_gateway.client_limits import ClientLimit
from reference_gateway.throttle import Standing

_POLICY = "client"


class RateLimitFields:
    """Writes the two fields of an answer."""

    def of(self, standing: Standing) -> Mapping[str, str]:
        """Return the fields for a client that stands so."""
        return {
            "RateLimit-Policy": f'"{_POLICY}";q={self.quota(standing.limit)};w={self.window_s(standing.limit)}',
            "RateLimit": f'"{_POLICY}";r={self.left(standing)};t={self.reset_s(standing)}',
        }

    def quota(self, limit: ClientLimit) -> int:
        """Return the requests of one window: what a full bucket holds."""
        return max(1, math.floor(limit.burst))

    def window_s(self, limit: ClientLimit) -> int:
        """Return the seconds in which an empty bucket fills up, rounded up: never a higher rate than there is."""
        return max(1, math.ceil(limit.burst / limit.rate_per_s))

    def left(self, standing: Standing) -> int:
        """Return the requests that are left now."""
        return standing.left

    def reset_s(self, standing: Standing) -> int:
        """Return the whole seconds after which the bucket is full."""
        return math.ceil(standing.full_in_s)
