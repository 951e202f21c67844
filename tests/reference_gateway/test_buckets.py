"""Where requests are counted, and what answers say about it."""

import sqlite3

import pytest

from reference_gateway.buckets import OwnBuckets, SharedBuckets, Size
from reference_gateway.client_limits import ClientLimit, ClientLimits
from reference_gateway.clock import Clock
from reference_gateway.defects import parts_with
from reference_gateway.rate_limit_fields import RateLimitFields
from reference_gateway.throttle import Throttle

SIZE = Size(capacity=3, rate_per_s=1)


@pytest.fixture(params=["own", "shared"])
def buckets(request, tmp_path):
    if request.param == "own":
        yield OwnBuckets()
        return
    shared = SharedBuckets(tmp_path / "limits.sqlite3")
    yield shared
    shared.close()


def test_a_bucket_empties_and_fills(buckets):
    assert [buckets.draw("a", SIZE, 100.0) for _ in range(4)] == [3, 2, 1, 0]
    assert buckets.left("a", SIZE, 101.5) == 1.5
    assert buckets.left("a", SIZE, 1000.0) == 3
    assert buckets.draw("b", SIZE, 100.0) == 3


def test_a_bucket_from_before_the_last_start_of_the_host_refills(buckets):
    buckets.draw("a", SIZE, 9000.0)
    assert buckets.draw("a", SIZE, 5.0) == 2
    assert buckets.draw("a", SIZE, 6.0) == 2


def two(tmp_path, kind=SharedBuckets):
    return kind(tmp_path / "limits.sqlite3"), kind(tmp_path / "limits.sqlite3")


def test_two_instances_draw_from_one_bucket(tmp_path):
    first, second = two(tmp_path)
    assert [bucket.draw("a", SIZE, 0.0) for bucket in (first, second, first, second)] == [3, 2, 1, 0]
    first.close()
    second.close()


def test_the_defect_counts_alone(tmp_path):
    first, second = two(tmp_path, parts_with("each-instance-counts-alone").shared_buckets)
    assert first.draw("a", SIZE, 0.0) == second.draw("a", SIZE, 0.0) == 3
    first.close()
    second.close()


def test_what_cannot_be_counted_together_is_counted_alone(tmp_path):
    shared = SharedBuckets(tmp_path / "limits.sqlite3")
    blocking = sqlite3.connect(tmp_path / "limits.sqlite3", isolation_level=None)
    blocking.execute("BEGIN EXCLUSIVE")
    assert [shared.draw("a", SIZE, 0.0) for _ in range(4)] == [3, 2, 1, 0]
    blocking.close()
    shared.close()


def test_fields():
    limits = ClientLimits({"app": ClientLimit("partner", 4, 10)}, ClientLimit("batch", 0.5, 2))
    throttle = Throttle(limits, Clock(monotonic=lambda: 0.0))
    throttle.admit("app")
    fields = RateLimitFields().of(throttle.standing("app"))
    assert fields == {"RateLimit-Policy": '"client";q=10;w=3', "RateLimit": '"client";r=9;t=1'}
