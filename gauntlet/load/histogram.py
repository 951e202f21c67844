"""A log-linear histogram of durations: microseconds to hours, at most 0.1 % off, merged without loss.

Each power of two is divided into 512 buckets, so a bucket is at most 1/512 of its value wide and its middle
at most 1/1024 away. Below 1,024 microseconds every microsecond has a bucket of its own. Only buckets in use
take memory.
"""

from __future__ import annotations

import math
import zlib
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Self

import orjson

_SUB_BUCKETS = 512
_SUB_BITS = 9


class Histogram:
    """Counts of durations; `count`, `total_us`, `min_us` and `max_us` are exact."""

    __slots__ = ("buckets", "count", "max_us", "min_us", "total_us")

    def __init__(self) -> None:
        self.buckets: dict[int, int] = {}
        self.count = 0
        self.total_us = 0
        self.min_us = 0
        self.max_us = 0

    def record(self, seconds: float) -> None:
        """Count one duration; a negative one counts as zero."""
        self.record_all((seconds,))

    def record_all(self, durations_s: Sequence[float]) -> None:
        """Count many durations in seconds at once; negative ones count as zero."""
        if not durations_s:
            return
        buckets = self.buckets
        all_us = [int(seconds * 1_000_000 + 0.5) if seconds > 0 else 0 for seconds in durations_s]
        for us in all_us:
            shift = us.bit_length() - _SUB_BITS - 1
            bucket = us if shift <= 0 else (shift << _SUB_BITS) + (us >> shift)
            buckets[bucket] = buckets.get(bucket, 0) + 1
        low, high = min(all_us), max(all_us)
        self.min_us = min(self.min_us, low) if self.count else low
        self.max_us = max(self.max_us, high)
        self.count += len(all_us)
        self.total_us += sum(all_us)

    def merge(self, other: Histogram) -> None:
        """Add everything `other` counted; the result is the same as if one histogram had counted it all."""
        if other.count == 0:
            return
        if self.count == 0:
            self.buckets = other.buckets.copy()
        else:
            buckets = self.buckets
            for bucket, count in other.buckets.items():
                buckets[bucket] = buckets.get(bucket, 0) + count
        self.min_us = other.min_us if self.count == 0 else min(self.min_us, other.min_us)
        self.max_us = max(self.max_us, other.max_us)
        self.count += other.count
        self.total_us += other.total_us

    def percentile_ms(self, percent: float) -> float:
        """Return the smallest duration (ms) that `percent` % of the samples do not exceed; 0 when empty.

        Raises ValueError when `percent` is not within 0 to 100.
        """
        return self.percentiles_ms((percent,))[0]

    def percentiles_ms(self, percents: Sequence[float]) -> list[float]:
        """Return `percentile_ms` of each of `percents`, which must ascend, at once."""
        if any(not 0 <= percent <= 100 for percent in percents) or list(percents) != sorted(percents):
            raise ValueError(f"percentiles {list(percents)} must ascend within 0 to 100")
        if not self.count:
            return [0.0] * len(percents)
        used = sorted(self.buckets)
        seen = list(accumulate(map(self.buckets.__getitem__, used)))
        ranks = [max(1, math.ceil(percent * self.count / 100 - 1e-9)) for percent in percents]
        middles = [_middle(used[bisect_left(seen, rank)]) for rank in ranks]
        return [min(max(middle, self.min_us), self.max_us) / 1000 for middle in middles]

    def values_ms(self) -> list[tuple[float, int]]:
        """Return the buckets in use in ascending order: the middle of each in milliseconds, and its count."""
        return [(_middle(bucket) / 1000, self.buckets[bucket]) for bucket in sorted(self.buckets)]

    def to_json(self) -> dict[str, Any]:
        """Return a compact JSON value: buckets as alternating distance to the bucket before, and count."""
        flat: list[int] = []
        before = 0
        for bucket in sorted(self.buckets):
            flat += (bucket - before, self.buckets[bucket])
            before = bucket
        return {
            "unit": "us",
            "sub_buckets": _SUB_BUCKETS,
            "count": self.count,
            "total": self.total_us,
            "min": self.min_us,
            "max": self.max_us,
            "buckets": flat,
        }

    def packed(self) -> bytes:
        """Return everything in a few kB, for one that hardly anybody adds to any more."""
        return zlib.compress(orjson.dumps(self.to_json()), 1)

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """Return the histogram that `packed` made `data` of."""
        return cls.from_json(orjson.loads(zlib.decompress(data)))

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Self:
        """Read `to_json`'s value back. Raises ValueError when it is of another layout or does not add up."""
        if (raw.get("unit"), raw.get("sub_buckets")) != ("us", _SUB_BUCKETS):
            raise ValueError(f"histogram of unit {raw.get('unit')!r}, {raw.get('sub_buckets')!r} sub-buckets: not ours")
        flat = raw["buckets"]
        histogram = cls()
        bucket = 0
        for distance, count in zip(flat[::2], flat[1::2], strict=True):
            bucket += distance
            histogram.buckets[bucket] = count
        histogram.count, histogram.total_us = raw["count"], raw["total"]
        histogram.min_us, histogram.max_us = raw["min"], raw["max"]
        if sum(histogram.buckets.values()) != histogram.count:
            raise ValueError(
                f"histogram: buckets add up to {sum(histogram.buckets.values())}, not to {histogram.count}"
            )
        return histogram


def _middle(bucket: int) -> float:
    """Return the middle of a bucket in microseconds."""
    shift = (bucket >> _SUB_BITS) - 1
    if shift <= 0:
        return float(bucket)
    return ((bucket - (shift << _SUB_BITS)) << shift) + ((1 << shift) - 1) / 2
